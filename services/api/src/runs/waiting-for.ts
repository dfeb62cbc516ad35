import type { RunRow } from '@testmesh/views';
import type { RunDeps } from './deps.ts';

/** What a run waits for that comes only when somebody does something. */
export const waitingFor = async ({ servedPools }: RunDeps, row: RunRow): Promise<string | null> => {
  if (row.status !== 'queued' || (await servedPools.isServed(row.pool, row.workspace))) return null;
  return `nobody takes runs of the pool ${row.pool}: start an executor with TESTMESH_POOLS=${row.pool}, or a site agent with this pool`;
};
