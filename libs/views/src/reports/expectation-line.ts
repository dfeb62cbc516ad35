import type { AssertionRecord } from '@testmesh/domain';
import { valueLine } from './value-text.ts';

/** One line for an expectation that does not hold; what was there is said once: `body.total == 59.98 — got 69.98`. */
export const expectationLine = ({ expression, actual, message }: AssertionRecord): string => {
  if (message === undefined) return `${expression} — got ${valueLine(actual)}`;
  if (message.startsWith(expression)) return message;
  if (actual === undefined || SAYS_WHAT_WAS_THERE.test(message)) return `${expression} — ${message}`;
  return `${expression} — got ${valueLine(actual)} (${message})`;
};

/** As an explanation does; words of the flow's author seldom do. */
const SAYS_WHAT_WAS_THERE = /\bgot |a type mismatch/;

/** Whether a message adds nothing where both sides are shown beside it. */
export const isSaidByValues = ({ message, expected, actual }: AssertionRecord): boolean =>
  expected !== undefined && actual !== undefined && (message?.startsWith('got ') ?? false);
