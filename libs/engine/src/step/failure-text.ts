import { type AssertionRecord, stringifyJson, type Value } from '@testmesh/domain';
import { isBlob } from '../blobs.ts';

const LONGEST_VALUE = 120;

/** One line for an assertion that does not hold: `body.total == 59.98 — got 69.98`. */
export const failureText = ({ expression, message, actual }: AssertionRecord): string => {
  if (message !== undefined) return message.startsWith(expression) ? message : `${expression} — ${message}`;
  return actual === undefined ? `${expression} does not hold` : `${expression} — got ${shown(actual)}`;
};

// A text that is cut short might leave a part of a secret, which no mask would find: it is left out instead.
const shown = (value: Value): string => {
  if (isBlob(value)) return `${value.size} characters of JSON`;
  const text = stringifyJson(value);
  return text.length <= LONGEST_VALUE ? text : `${text.length} characters of JSON`;
};
