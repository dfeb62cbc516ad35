// How a secret may be spelled in recorded text. Each character stands as it is, percent-encoded or escaped: which of them is for
// whoever wrote the text to choose (a URL's path leaves `/ + @` alone, its query `'` not), so every mixture counts.

/** Finds one secret in texts, in every spelling and letter case, also without the white space around it. */
export class Needle {
  /** A text that is shorter cannot hold it. */
  readonly shortest: number;
  readonly #text: string;
  /** No spelling changes it but for its letter case, so that most texts need no more than a search for it. */
  readonly #anchor: string;
  #pattern: RegExp | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#anchor = longest(text.match(/[a-z0-9]+/gi) ?? []).toLowerCase();
    this.shortest = Math.max(1, text.trim().replace(REMOVED_IN_URLS, '').length);
  }

  get length(): number {
    return this.#text.length;
  }

  /** The text with a mask in place of the secret; `lowered` is the same text in lower case. */
  masked(text: string, lowered: string, mask: string): string {
    if (!lowered.includes(this.#anchor)) return text;
    this.#pattern ??= new RegExp(sourceOf(this.#text), 'giu');
    return text.replace(this.#pattern, mask);
  }

  /** The text with a mask in place of each beginning of the secret that an ellipsis cuts off. */
  maskedBeforeEllipsis(text: string, mask: string): string {
    const [first = '', ...rest] = text.split(ELLIPSIS);
    if (rest.length === 0) return text;
    const forms = beginnings(this.#text);
    const cut = [first, ...rest.slice(0, -1)].map((part) => withoutBeginning(part, forms, mask));
    return [...cut, rest.at(-1) ?? ''].join(ELLIPSIS);
  }
}

const ELLIPSIS = '…';
/** Fewer characters of a secret tell nothing, and would be found at the end of ordinary words. */
const SHORTEST_BEGINNING = 4;
const REMOVED_IN_URLS = /[\t\n\r]/g;
const IS_REMOVED_IN_URLS = /^[\t\n\r]/;

const longest = (words: readonly string[]): string =>
  words.reduce((found, word) => (word.length > found.length ? word : found), '');

/** As texts are cut: as they are, and as JSON. */
const beginnings = (text: string): readonly string[] => {
  const json = JSON.stringify(text).slice(1, -1);
  return [...new Set([text, json, JSON.stringify(json).slice(1, -1)])];
};

const withoutBeginning = (part: string, forms: readonly string[], mask: string): string => {
  const lengths = forms.map((form) => {
    let length = Math.min(form.length, part.length);
    while (length >= SHORTEST_BEGINNING && !part.endsWith(form.slice(0, length))) length--;
    return length >= SHORTEST_BEGINNING ? length : 0;
  });
  const found = Math.max(...lengths);
  return found === 0 ? part : part.slice(0, part.length - found) + mask;
};

const sourceOf = (text: string): string => {
  const isBlank = text.trim() === '';
  return pieces(isBlank ? text : text.trim())
    .map((piece) => `(?:${spelled(piece)})${!isBlank && IS_REMOVED_IN_URLS.test(piece) ? '?' : ''}`)
    .join('');
};

// A run is one piece: with a quantifier on each of its characters a text of many of them would take for ever.
/** What is spelled as one: a word, a run of backslashes (which JSON doubles) or of what URLs drop, any other character. */
const pieces = (text: string): readonly string[] => text.match(/[A-Za-z0-9]+|\\+|[\t\n\r]+|./gsu) ?? [];

const spelled = (piece: string): string => {
  if (/^[a-z0-9]/i.test(piece)) return piece;
  if (piece.startsWith('\\')) return backslashes(piece.length);
  if (IS_REMOVED_IN_URLS.test(piece)) return [...piece].map((char) => `(?:${character(char)})`).join('');
  return character(piece);
};

const character = (piece: string): string => {
  // The pattern's flag does not know that ß is SS in capitals, nor what a capital is percent-encoded as.
  const cases = [...new Set([piece, piece.toUpperCase(), piece.toLowerCase()])];
  return cases.flatMap((form) => [literal(form), percent(form), escapedUnits(form), ...(NAMED[form] ?? [])]).join('|');
};

// A URL's path turns them into slashes.
const backslashes = (count: number): string => `\\\\{${count},${4 * count}}|(?:${percent('\\')}){${count}}|/{${count}}`;

/** What else a character is written as: escaped in JSON (also twice), in XML, in a shell's quotes, in a form. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  ' ': ['\\+'],
  '"': ['\\\\{1,3}"', '&(?:quot|#34|#x22);'],
  "'": [`'\\\\''`, '&(?:apos|#39|#x27);'],
  '&': ['&(?:amp|#38|#x26);'],
  '<': ['&(?:lt|#60|#x3c);'],
  '>': ['&(?:gt|#62|#x3e);'],
  '/': ['\\\\{1,3}/'],
  '\n': ['\\\\{1,4}n'],
  '\r': ['\\\\{1,4}r'],
  '\t': ['\\\\{1,4}t'],
  '\b': ['\\\\{1,4}b'],
  '\f': ['\\\\{1,4}f'],
};

const literal = (text: string): string => [...text].map((char) => `\\u{${char.codePointAt(0)?.toString(16)}}`).join('');

const escapedUnits = (text: string): string =>
  Array.from({ length: text.length }, (_unit, at) => `\\\\{1,4}u${hex(text.charCodeAt(at), 4)}`).join('');

// Encoded again where a URL stands in another. Lone surrogates have no UTF-8: they are encoded as what replaces them.
const percent = (text: string): string =>
  [...new TextEncoder().encode(text.toWellFormed())].map((byte) => `%(?:25){0,2}${hex(byte, 2)}`).join('');

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');
