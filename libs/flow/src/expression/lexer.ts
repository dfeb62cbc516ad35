import type { Text } from '../model/text.ts';
import { closingBraces, skipQuoted } from './placeholder.ts';
import { trouble } from './problem.ts';

// Tokens of an expression. `name` covers words that are operators (`and`, `in`, `exists`); the parser knows where they are.
export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'path' | 'placeholder' | 'end';
  /** The sign, the name, the number's digits, or the source of a text without its quotes. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const MAX_LENGTH = 20_000;
/** Keeps every tree shallow enough to walk, however it is nested. */
const MAX_TOKENS = 5_000;
const SPACE = /\s*/y;
const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const DIGITS = /\d+/y;
const NAME = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
/** `place-order`, `user-api`: one name or a subtraction; the parser reads it both ways. */
const HYPHENATED = /[\p{L}_][\p{L}\p{Nd}_]*(?:-[\p{L}\p{Nd}_]+)+/uy;
const SIGN = /\?\?|\?\.(?!\d)|\?:|==|!=|<=|>=|&&|\|\||\/\/|[-+*/%^<>!|?:.,()[\]{}#]/y;
const FINAL_LENGTH = /\.length$/;

/** How hyphenated words are read: given the word's place, whether it is one name. */
export type IsName = (start: number) => boolean;

/** Splits `text.value.slice(start, end)` into tokens; offsets stay those of the whole text. */
export const tokenize = (text: Text, start: number, end: number, isName: IsName): Token[] => {
  if (end - start > MAX_LENGTH) {
    return trouble(
      text,
      { start, end },
      { code: 'TM3006', message: `an expression of ${end - start} characters is too long; the limit is ${MAX_LENGTH}` },
    );
  }
  const tokens: Token[] = [];
  let at = skipSpace(text.value, start);
  while (at < end) {
    const token = nextToken(text, at, end, tokens.at(-1), isName);
    if (tokens.push(token) > MAX_TOKENS) {
      return trouble(text, token, { code: 'TM3006', message: `an expression may have ${MAX_TOKENS} words and signs` });
    }
    at = skipSpace(text.value, token.end);
  }
  tokens.push({ kind: 'end', value: '', start: end, end });
  return tokens;
};

const nextToken = (text: Text, at: number, end: number, previous: Token | undefined, isName: IsName): Token => {
  const source = text.value;
  const char = source[at] ?? '';
  if (char === '"' || char === "'") return quoted(text, at, end);
  if (source.startsWith('${', at) || (source.startsWith('{{', at) && !endsOperand(previous))) {
    return braced(text, at, end);
  }
  if (char === '$' || (char === '@' && /[.[]/.test(source[at + 1] ?? ''))) return jsonPath(text, at, end);
  const found = numberAt(source, at, previous) ?? nameAt(source, at, end, isName) ?? signAt(source, at);
  if (found) return found;
  const message = `\`${char}\` is not part of an expression`;
  return trouble(text, { start: at, end: at + 1 }, { code: 'TM3001', message, help: helpFor(char) });
};

const numberAt = (source: string, at: number, previous: Token | undefined): Token | undefined => {
  const afterDot = previous?.kind === 'sign' && previous.value === '.';
  if (source[at] === '.' && endsOperand(previous)) return undefined;
  return matched('number', source, at, match(afterDot ? DIGITS : NUMBER, source, at));
};

const nameAt = (source: string, at: number, end: number, isName: IsName): Token | undefined => {
  const word = isName(at) ? match(HYPHENATED, source, at) : undefined;
  const isInside = word !== undefined && at + word.length <= end;
  return matched('name', source, at, isInside ? word : match(NAME, source, at));
};

const signAt = (source: string, at: number): Token | undefined => matched('sign', source, at, match(SIGN, source, at));

const matched = (kind: Token['kind'], source: string, at: number, found: string | undefined): Token | undefined =>
  found === undefined ? undefined : token(kind, source, at, at + found.length);

const braced = (text: Text, at: number, end: number): Token => {
  const close = closingBraces(text.value, at, end);
  if (close !== undefined) return token('placeholder', text.value, at, close);
  const message = `\`${text.value.slice(at, at + 2)}\` is never closed`;
  return trouble(text, { start: at, end: at + 2 }, { code: 'TM3008', message });
};

const helpFor = (char: string): string | undefined => {
  if (char === '=') return 'equality is written `==`';
  if (char === '&') return 'write `&&` or `and`';
  if (char === ';') return 'one expression per line; join them with `and`';
  return undefined;
};

const quoted = (text: Text, at: number, end: number): Token => {
  const close = skipQuoted(text.value, at, end);
  if (close === undefined) {
    return trouble(
      text,
      { start: at, end: at + 1 },
      { code: 'TM3002', message: 'this text is never closed', help: `end it with ${text.value[at]}` },
    );
  }
  return { kind: 'text', value: text.value.slice(at + 1, close - 1), start: at, end: close };
};

/** A JSONPath standing in the expression: `$.users[?(@.status == 'active')]`; a final `.length` is ours, not the path's. */
const jsonPath = (text: Text, start: number, end: number): Token => {
  const source = text.value;
  let at = start + 1;
  for (;;) {
    const segment = match(/\.\.?(?:\*|[\p{L}_][\p{L}\p{Nd}_-]*|\d+)|\.\.(?=\[)/uy, source, at);
    if (segment !== undefined && source[at + segment.length] !== '(') at += segment.length;
    else if (source[at] === '[') at = closingBracket(text, at, end);
    else break;
  }
  const found = source.slice(start, at);
  const length = FINAL_LENGTH.exec(found);
  return token('path', source, start, length ? at - length[0].length : at);
};

const closingBracket = (text: Text, open: number, end: number): number => {
  let depth = 0;
  for (let at = open; at < end; at++) {
    const char = text.value[at];
    if (char === '"' || char === "'") at = (skipQuoted(text.value, at, end) ?? end) - 1;
    else if (char === '[') depth++;
    else if (char === ']' && --depth === 0) return at + 1;
  }
  return trouble(text, { start: open, end: open + 1 }, { code: 'TM3001', message: '`[` is never closed' });
};

const token = (kind: Token['kind'], source: string, start: number, end: number): Token => ({
  kind,
  value: source.slice(start, end),
  start,
  end,
});

/** Whether a value may end with this token, so that what follows continues it. */
const endsOperand = (token: Token | undefined): boolean => {
  if (token === undefined) return false;
  if (token.kind === 'sign')
    return token.value === ')' || token.value === ']' || token.value === '}' || token.value === '#';
  return !(token.kind === 'name' && OPERATOR_WORDS.has(token.value));
};

const OPERATOR_WORDS: ReadonlySet<string> = new Set([
  'and',
  'or',
  'not',
  'in',
  'contains',
  'matches',
  'startsWith',
  'starts_with',
  'endsWith',
  'ends_with',
]);

const match = (pattern: RegExp, source: string, at: number): string | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
};

const skipSpace = (source: string, at: number): number => at + (match(SPACE, source, at)?.length ?? 0);

/** The places of hyphenated words among the tokens of the whole reading. */
export const isHyphenated = (token: Token): boolean => token.kind === 'name' && token.value.includes('-');
