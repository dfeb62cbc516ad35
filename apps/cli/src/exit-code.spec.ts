import { expect, test } from '@jest/globals';
import { EXIT_REASONS, exitCode, strongestReason } from './exit-code.ts';

test('each reason has the exit code of the table', () => {
  expect(Object.fromEntries(EXIT_REASONS)).toEqual({
    passed: 0,
    failed: 1,
    usage: 2,
    invalid: 3,
    unauthenticated: 4,
    nothing_matched: 5,
    infrastructure: 6,
    timed_out: 7,
    internal: 70,
    interrupted: 130,
    terminated: 143,
  });
});

test('the strongest reason wins: signal > 70 > 2 > 3 > 4 > 5 > 7 > 1 > 6', () => {
  const order = EXIT_REASONS.map(([reason]) => reason);
  for (const [index, weaker] of order.entries()) {
    for (const stronger of order.slice(0, index)) expect(strongestReason([weaker, stronger])).toBe(stronger);
  }
  expect(exitCode(strongestReason([]))).toBe(0);
});
