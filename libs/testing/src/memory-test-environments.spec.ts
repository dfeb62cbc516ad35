import { environmentLeasesContract } from './environment-leases.contract.ts';
import { memoryJournal } from './memory-journal.ts';
import { memoryTestEnvironments } from './memory-test-environments.ts';
import type { TestEnvironmentWorld } from './test-environment-world.ts';
import { testEnvironmentsContract } from './test-environments.contract.ts';

const create = (): TestEnvironmentWorld => {
  const journal = memoryJournal();
  let now = Date.UTC(2030, 0, 1);
  const environments = memoryTestEnvironments(journal, { now: () => now });
  return {
    journal,
    environments,
    advance: (ms) => {
      now += ms;
    },
  };
};

testEnvironmentsContract('memoryTestEnvironments', create);
environmentLeasesContract('memoryTestEnvironments', create, 100);
