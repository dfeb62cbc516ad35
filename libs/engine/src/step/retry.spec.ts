import { expect, test } from '@jest/globals';
import { type AttemptFailure, isRetryable, once, pauseAfter } from './retry.ts';

const pauses = (backoff: 'constant' | 'linear' | 'exponential', maxDelayMs = 10_000): number[] =>
  [1, 2, 3, 4].map((attempt) => pauseAfter(attempt, { ...once, delayMs: 1000, maxDelayMs, backoff }, () => 0.5));

test('E10: the pause is constant, grows linearly, or doubles, up to max_delay', () => {
  expect(pauses('constant')).toEqual([1000, 1000, 1000, 1000]);
  expect(pauses('linear')).toEqual([1000, 2000, 3000, 4000]);
  expect(pauses('exponential')).toEqual([1000, 2000, 4000, 8000]);
  expect(pauses('exponential', 3000)).toEqual([1000, 2000, 3000, 3000]);
});

test('E10: jitter takes away up to its part of the pause', () => {
  const policy = { ...once, delayMs: 1000, jitter: 0.4 };
  expect(pauseAfter(1, policy, () => 0)).toBe(1000);
  expect(pauseAfter(1, policy, () => 0.5)).toBe(800);
});

const answered = (status: number): AttemptFailure => ({
  status: 'failed',
  answered: status,
  failures: ['status == 200'],
});
const error = (code: string, message = 'it broke'): AttemptFailure => ({
  status: 'error',
  error: { code, message },
  failures: [],
});

test.each([
  ['503', answered(503), true],
  ['503', answered(500), false],
  ['5xx', answered(502), true],
  ['5xx', answered(404), false],
  ['ECONNREFUSED', error('ECONNREFUSED'), true],
  ['connection_refused', error('ECONNREFUSED'), true],
  ['connection_error', error('ECONNRESET'), true],
  ['timeout', error('TM5001', 'it took longer than its timeout of 5 ms'), true],
  ['timeout', error('28P01'), false],
  ['assertion', answered(200), true],
  ['assertion', error('X'), false],
  ['error', error('X'), true],
  ['deadlock', error('40P01', 'deadlock detected'), true],
  ['status ==', answered(500), true],
])('E11: retry_on %s against %j is %s', (word, failure, expected) => {
  expect(isRetryable(failure, { ...once, retryOn: [word] })).toBe(expected);
  expect(isRetryable(failure, { ...once, retryOnNot: [word] })).toBe(!expected);
});

test('E11: without words everything but a defect is tried again', () => {
  expect(isRetryable(answered(500), once)).toBe(true);
  expect(
    isRetryable({ status: 'error', error: { code: 'TM3001', message: '', defect: true }, failures: [] }, once),
  ).toBe(false);
});
