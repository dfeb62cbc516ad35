import { expect, test } from '@jest/globals';
import { flowsAtOnce } from './settings.ts';

test('several flows run per core, since they mostly wait, but no more than sixteen unless there are more cores', () => {
  expect([1, 2, 4, 8, 32].map((cores) => flowsAtOnce(undefined, cores))).toEqual([4, 8, 16, 16, 32]);
});

test('what is asked for is what runs', () => {
  expect(flowsAtOnce(1, 8)).toBe(1);
  expect(flowsAtOnce(40, 8)).toBe(40);
});
