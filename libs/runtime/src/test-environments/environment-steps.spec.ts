import { expect, test } from '@jest/globals';
import { afterFollowing, afterTearingDown, type Pace } from './environment-steps.ts';

const pace: Pace = { followMs: 300, checkMs: 30_000, tearDownMs: 1000, silentMs: 120_000, hinderedMs: 300_000 };

test.each([
  [0, 300],
  [6000, 300],
  [9_999, 500],
  [12_000, 600],
  [600_000, 600],
])('one that has been made ready for %i ms is looked at again after %i ms', (goesForMs, againInMs) => {
  const seen = { health: 'progressing', message: 'it is new', resources: [] } as const;
  const stands = { isLate: false, goesForMs, readyWithinMinutes: 15 };
  expect(afterFollowing(seen, stands, pace)).toEqual({ requests: [], againInMs });
});

test.each([
  [0, 1000],
  [5000, 1000],
  [7_777, 1555],
  [600_000, 10_000],
])('one that has been going for %i ms is looked at again after %i ms', (goesForMs, againInMs) => {
  expect(afterTearingDown({ outcome: 'going', message: 'a finalizer' }, goesForMs, pace).againInMs).toBe(againInMs);
});
