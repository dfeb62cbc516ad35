import { expect, test } from '@jest/globals';
import type { AssertionRecord } from '@testmesh/domain';
import { expectationLine } from './expectation-line.ts';

const line = (parts: Partial<AssertionRecord>): string =>
  expectationLine({ expression: 'message == "no"', group: 'all', passed: false, values: [], ...parts });

test.each<[Partial<AssertionRecord>, string]>([
  [{ actual: 'hi', message: 'got "hi"' }, 'message == "no" — got "hi"'],
  [{ actual: { a: 1 }, message: 'at a got 1, expected 2' }, 'message == "no" — at a got 1, expected 2'],
  [
    { actual: 5, message: 'the number 5 is not the text "5" — a type mismatch' },
    'message == "no" — the number 5 is not the text "5" — a type mismatch',
  ],
  [{ message: 'it does not exist' }, 'message == "no" — it does not exist'],
  [{ actual: 'hi' }, 'message == "no" — got "hi"'],
  [{}, 'message == "no" — got nothing'],
])('what was there is said once: %j', (parts, expected) => {
  expect(line(parts)).toBe(expected);
});

test('words of the author stand beside what was there', () => {
  expect(line({ actual: 'hi', message: 'the greeting is wrong' })).toBe(
    'message == "no" — got "hi" (the greeting is wrong)',
  );
});
