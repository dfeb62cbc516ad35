import { ExactNumber, isJsonNumber, numberFromText } from './exact-number.ts';
import type { Value } from './value.ts';

// JSON that never rounds a number. `context.source` and `JSON.rawJSON` are ES2026 (ECMA-262, "JSON.parse source text access").
type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;
const parse = JSON.parse as (text: string, reviver?: Reviver) => Value;
const rawJson = (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON;

// Only long digit runs and exponents can lose digits; everything else takes the parser's fast path.
const MAY_LOSE_DIGITS = /\d{15,}|\d\.?\d*[eE][+-]?\d|\d{8,}\.\d{7,}|\d+\.\d{14,}/;

/** Parses JSON, keeping the digits of numbers a double cannot hold; throws SyntaxError like `JSON.parse`. */
export const parseJson = (text: string): Value => {
  if (!MAY_LOSE_DIGITS.test(text)) return parse(text);
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? numberFromText(source) : value,
  );
};

/** JSON text of a value, with exact numbers as their digits. */
export const stringifyJson = (value: Value | undefined, indent?: number): string =>
  JSON.stringify(value, exactly, indent) ?? 'null';

/** JSON with object keys sorted by code unit and no spaces: equal values give equal bytes. */
export const canonicalJson = (value: Value): string => JSON.stringify(sorted(value), exactly);

/** Text from outside (a variable, a CSV cell) becomes typed when it is the canonical form of a JSON number or boolean. */
export const typedText = (text: string): Value => {
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (!isJsonNumber(text) || /[eE]/.test(text)) return text;
  const number = numberFromText(text);
  return String(number) === text ? number : text;
};

// Called with each holder, so a number inside an ExactNumber's own fields is never reached.
const exactly = (_key: string, value: unknown): unknown => (value instanceof ExactNumber ? rawJson(value.text) : value);

/** The value with every object's keys in the order of canonical JSON, which is the order a journal gives back. */
export const sorted = (value: Value): Value => {
  if (value === null || typeof value !== 'object' || value instanceof ExactNumber) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value as Record<string, Value | undefined>).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  // A null prototype: a key named __proto__ stays a key.
  const copy: Record<string, Value> = Object.create(null) as Record<string, Value>;
  for (const [key, item] of entries) copy[key] = sorted(item as Value);
  return copy;
};
