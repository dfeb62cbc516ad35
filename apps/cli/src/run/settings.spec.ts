import { expect, test } from '@jest/globals';
import { flowsAtOnce, refuseWithoutApi } from './settings.ts';

test('several flows run per core, since they mostly wait, but no more than sixteen unless there are more cores', () => {
  expect([1, 2, 4, 8, 32].map((cores) => flowsAtOnce(undefined, cores))).toEqual([4, 8, 16, 16, 32]);
});

test('what is asked for is what runs', () => {
  expect(flowsAtOnce(1, 8)).toBe(1);
  expect(flowsAtOnce(40, 8)).toBe(40);
});

test.each([
  [{ testEnv: 'pr-7' }, '--test-env pr-7 is a test environment of a server'],
  [{ pool: 'berlin' }, '--pool berlin is a pool of executors of a server'],
  [{ priority: 0 }, '--priority 0 is for the queue of a server'],
])('%j is refused where nothing but a server has it', (options, why) => {
  expect(() => refuseWithoutApi(options)).toThrow(`${why}: name that with --api URL`);
  expect(() => refuseWithoutApi({ ...options, api: 'http://127.0.0.1:5016' })).not.toThrow();
});
