import type { RunSecrets } from '@testmesh/ports';

/** What runs need of secrets, kept as long as the test. */
export const memorySecrets = (): RunSecrets => {
  const runs = new Map<string, Map<string, string>>();
  return {
    keep: async (runId, name, values) => {
      runs.set(runId, new Map(runs.get(runId)).set(name, values));
    },
    of: async (runId) => new Map(runs.get(runId)),
  };
};
