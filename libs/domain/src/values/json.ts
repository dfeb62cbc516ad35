import { ExactNumber, numberFromText } from './exact-number.ts';
import type { Value } from './value.ts';

// JSON that never rounds a number. `context.source` and `JSON.rawJSON` are ES2026 (ECMA-262, "JSON.parse source text access").
type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;
const parse = JSON.parse as (text: string, reviver?: Reviver) => Value;
const rawJson = (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON;

// Numbers that may lose digits: with 17 characters or more, a whole one of 16 that begins with 9 (2^53 does), or with an
// exponent. Without one the parser's fast path will do, and a microsecond timestamp, which every fact has, takes it.
const MAY_LOSE_DIGITS = /[:,[ \n\r\t]-?(?:\d[\d.]{16,}|9\d{15}|[\d.]+[eE][+-]?\d)/;
/** A number alone: with an alternative at the text's beginning the search above takes half as long again. */
const IS_NUMBER = /^[-\d]/;

/** Parses JSON, keeping the digits of numbers a double cannot hold; throws SyntaxError like `JSON.parse`. */
export const parseJson = (text: string): Value => {
  if (!IS_NUMBER.test(text) && !MAY_LOSE_DIGITS.test(text)) return parse(text);
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? numberFromText(source) : value,
  );
};

/** JSON text of a value, with exact numbers as their digits. */
export const stringifyJson = (value: Value | undefined, indent?: number): string =>
  JSON.stringify(value, holdsExact(value) ? exactly : undefined, indent) ?? 'null';

/**
 * JSON text, or other text in double quotes, as a reader of YAML takes it: what YAML does not count as printable (1.2.2,
 * 5.1), and U+FFFD, which a file may not hold because it is what bytes that are no UTF-8 turn into, stand as escapes.
 */
export const escapedForYaml = (text: string): string =>
  text.replace(NOT_IN_YAML, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

const NOT_IN_YAML = /[\u007f\ufffd\ufffe\uffff]/g;

/** The value with every object's keys in the order of canonical JSON, which is the order a journal gives back. */
export const sorted = (value: Value): Value => {
  if (value === null || typeof value !== 'object' || value instanceof ExactNumber) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const map = value as Readonly<Record<string, Value | undefined>>;
  const keys = Object.keys(map).sort();
  return Object.fromEntries(keys.flatMap((key) => (map[key] === undefined ? [] : [[key, sorted(map[key])]])));
};

/** Text from outside (a variable, a CSV cell) becomes typed when it is the canonical form of a JSON number or boolean. */
export const typedText = (text: string): Value => {
  if (text === 'true') return true;
  if (text === 'false') return false;
  return CANONICAL_NUMBER.test(text) ? numberFromText(text) : text;
};

// The shortest way to write it without an exponent: no trailing zeros behind the point, no minus before zero.
const CANONICAL_NUMBER = /^(?:0|-?[1-9]\d*|-?(?:0|[1-9]\d*)\.\d*[1-9])$/;

const holdsExact = (value: Value | undefined): boolean => {
  if (value === null || typeof value !== 'object') return false;
  if (value instanceof ExactNumber) return true;
  return Array.isArray(value) ? value.some(holdsExact) : Object.values(value).some(holdsExact);
};

// Called with each holder, so a number inside an ExactNumber's own fields is never reached.
const exactly = (_key: string, value: unknown): unknown => (value instanceof ExactNumber ? rawJson(value.text) : value);
