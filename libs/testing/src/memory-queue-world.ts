import { fakeClock } from './fake-clock.ts';
import { memoryJournal } from './memory-journal.ts';
import { memoryQueue } from './memory-queue.ts';
import type { QueueWorld } from './queue-world.ts';

/** The memory queue as the contract suites take it. */
export const memoryQueueWorld = (): QueueWorld => {
  const journal = memoryJournal();
  const clock = fakeClock();
  const maxRunning = new Map<string, number>();
  const queue = memoryQueue({ journal, clock, maxRunning });
  return {
    journal,
    queue,
    rows: async () => queue.rows(),
    endLeases: () => clock.advance(3_600_000),
    limit: async (workspace, most) => {
      maxRunning.set(workspace, most);
    },
    now: async () => clock.now() * 1000,
  };
};
