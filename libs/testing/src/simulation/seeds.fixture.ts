import { simulate } from './index.ts';

/** Two suites share the seeds that every test run simulates. */
export const SEEDS_PER_SPEC = 1000;

/** What is wrong with which of the seeds. */
export const failing = async (seeds: readonly number[]): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const seed of seeds) {
    const { violations } = await simulate(seed);
    if (violations.length > 0) found.push(`seed ${seed}: ${violations.join('; ')}`);
  }
  return found;
};
