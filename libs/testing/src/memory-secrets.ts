import type { RunSecrets } from '@testmesh/ports';
import type { MemoryJournal } from './memory-journal.ts';

/** What runs need of secrets, in memory: until the last event of the run is in the journal, if one is given. */
export const memorySecrets = (journal?: Pick<MemoryJournal, 'eventsOf'>): RunSecrets => {
  const runs = new Map<string, Map<string, string>>();
  const hasEnded = (runId: string): boolean => journal?.eventsOf(`run-${runId}`).at(-1)?.type === 'RunCompleted';
  return {
    keep: async (runId, name, values) => {
      runs.set(runId, new Map(runs.get(runId)).set(name, values));
    },
    of: async (runId) => {
      if (hasEnded(runId)) runs.delete(runId);
      return new Map(runs.get(runId));
    },
  };
};
