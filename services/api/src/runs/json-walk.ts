// Where the parts of a JSON text lie, so that what goes out as it was stored need not be read and spelt again.
// J1. Canonical JSON only: nothing stands between its tokens.
// J2. A text that ends too early is refused; that a value is well-formed is not looked into.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
/** `[` and `{`, `]` and `}` differ by this bit. */
const BRACE = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** What stands in the object at `at`: `visit` is given where a key begins, behind its quote, and where its value does, and returns where that ends. */
export const eachMember = (json: Buffer, at: number, visit: (key: number, at: number) => number): number =>
  // Behind the key come its quote and a colon.
  eachElement(json, at, (start) => visit(start + 1, endOfString(json, start) + 2));

/** Whether the key that begins at `key` is this one. */
export const isKey = (json: Buffer, key: number, name: Buffer): boolean => {
  if (json[key + name.length] !== QUOTE) return false;
  for (let nth = 0; nth < name.length; nth += 1) if (json[key + nth] !== name[nth]) return false;
  return true;
};

/** The same for the elements of a list. */
export const eachElement = (json: Buffer, from: number, visit: (at: number) => number): number => {
  if (!isOpening(json[from])) throw endedTooEarly(from);
  let at = from + 1;
  if (isClosing(json[at])) return at + 1;
  for (;;) {
    at = visit(at);
    if (isClosing(json[at])) return at + 1;
    if (json[at] !== COMMA) throw endedTooEarly(at);
    at += 1;
  }
};

/** Behind the last byte of the value at `from`. */
export const endOfValue = (json: Buffer, from: number): number => {
  const first = json[from];
  if (first === QUOTE) return endOfString(json, from) + 1;
  return isOpening(first) ? endOfParts(json, from) : endOfWord(json, from);
};

const endOfParts = (json: Buffer, from: number): number => {
  let depth = 0;
  for (let at = from; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at);
    else if (isOpening(byte)) depth += 1;
    else if (isClosing(byte) && --depth === 0) return at + 1;
  }
  throw endedTooEarly(json.length);
};

/** A number, true, false or null. */
const endOfWord = (json: Buffer, from: number): number => {
  for (let at = from; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === COMMA || isClosing(byte)) return at;
  }
  return json.length;
};

/** The quote that ends the string at `from`. */
const endOfString = (json: Buffer, from: number): number => {
  for (let at = from + 1; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
  }
  throw endedTooEarly(json.length);
};

const isOpening = (byte: number | undefined): boolean => ((byte ?? 0) | BRACE) === OPEN;

const isClosing = (byte: number | undefined): boolean => ((byte ?? 0) | BRACE) === CLOSE;

const endedTooEarly = (at: number): Error => new Error(`what is stored is no JSON from its byte ${at} on`);
