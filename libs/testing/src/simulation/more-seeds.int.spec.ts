import { expect, test } from '@jest/globals';
import { failing, SEEDS_PER_SPEC } from './seeds.fixture.ts';

// The second half of the seeds: a suite of its own, so that it runs beside the first on another core.
test('Z2: whatever goes wrong, healed platforms end every run rightly, in the other half of the seeds', async () => {
  expect(await failing(Array.from({ length: SEEDS_PER_SPEC }, (_, at) => 1 + SEEDS_PER_SPEC + at))).toEqual([]);
}, 900_000);
