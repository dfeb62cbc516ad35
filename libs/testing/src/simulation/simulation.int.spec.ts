import { expect, test } from '@jest/globals';
import { simulate } from './index.ts';
import { failing, SEEDS_PER_SPEC } from './seeds.fixture.ts';

/** Seeds that once failed, with what they found; they run first. */
const ONCE_FAILED: readonly number[] = [
  // Two workspaces competed while a paused executor held runs of one of them, which counts as served.
  200,
];

test('seeds that once failed do not fail again', async () => {
  expect(await failing(ONCE_FAILED)).toEqual([]);
});

test('Z1: the same seed gives the same trace, another one does not', async () => {
  const traces: string[] = [];
  for (const seed of [7, 8, 9]) {
    const { trace } = await simulate(seed);
    expect((await simulate(seed)).trace).toBe(trace);
    traces.push(trace);
  }
  expect(new Set(traces).size).toBe(3);
});

test('Z2: whatever goes wrong, healed platforms end every run rightly', async () => {
  expect(await failing(Array.from({ length: SEEDS_PER_SPEC }, (_, at) => 1 + at))).toEqual([]);
}, 900_000);
