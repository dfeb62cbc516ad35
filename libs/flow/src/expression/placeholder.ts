// Where placeholders and quoted texts begin and end, without looking at what they mean.
// Nothing here goes back: each character is looked at once, whatever the text.

const MAX_DEPTH = 50;
/** `name:` or `a.b[0]:` at the start of a placeholder: what follows is a default, text as it stands. */
const DEFAULT = /\s*[\p{L}_$][\p{L}\p{Nd}_$.-]*(?:\[\d+\][\p{L}\p{Nd}_.-]*)*\s*:/uy;

/** The offset behind the `:` of `${x:default}`; undefined for any other placeholder. */
export const defaultBegins = (source: string, at: number): number | undefined => {
  DEFAULT.lastIndex = at;
  const found = DEFAULT.exec(source);
  return found ? at + found[0].length : undefined;
};

/** The offset behind the quoted text that begins at `at`; undefined when it is never closed. */
export const skipQuoted = (source: string, at: number, end: number, depth = 0): number | undefined => {
  const quote = source[at];
  let next: number | undefined = at + 1;
  while (next !== undefined && next < end) {
    if (source[next] === quote) return next + 1;
    if (source[next] === '\\') next += 2;
    else if (source.startsWith('$${', next)) next += 3;
    // A placeholder may hold quotes of its own.
    else next = opensPlaceholder(source, next) ? closingBraces(source, next, end, depth + 1) : next + 1;
  }
  return undefined;
};

/** The offset behind the placeholder that opens at `at` (`${` or `{{`); undefined when it is never closed. */
export const closingBraces = (source: string, at: number, end: number, depth = 0): number | undefined => {
  if (depth > MAX_DEPTH) return undefined;
  const close = source[at] === '{' ? '}}' : '}';
  // A default is plain text: an apostrophe in it opens nothing.
  const quotes = defaultBegins(source, at + 2) === undefined ? '"\'' : '';
  let open = 0;
  let next: number | undefined = at + 2;
  while (next !== undefined && next + close.length <= end) {
    const char = source.charAt(next);
    if (open === 0 && source.startsWith(close, next)) return next + close.length;
    open += Number(char === '{') - Number(char === '}');
    next = quotes.includes(char) ? skipQuoted(source, next, end, depth + 1) : next + 1;
  }
  return undefined;
};

/** Whether `${` or `{{` stands at `at`. */
export const opensPlaceholder = (source: string, at: number): boolean =>
  source[at + 1] === '{' && (source[at] === '$' || source[at] === '{');
