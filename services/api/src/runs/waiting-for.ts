import type { Placement } from '@testmesh/contracts';
import type { ServedPools } from '@testmesh/ports';
import type { RunRow } from '@testmesh/views';
import * as z from 'zod';

// What a run waits for that comes only when somebody does something.

interface Deps {
  readonly servedPools: ServedPools;
}

export const waitingForPart = z
  .string()
  .nullish()
  .describe('what its runs wait for that somebody has to do, as when nobody takes runs of their pool; not in lists');

export const waitingFor = async (deps: Deps, { status, pool, workspace }: RunRow): Promise<string | null> =>
  status === 'queued' ? unserved(deps, workspace, pool) : null;

/** The same of runs that were asked for on somebody's behalf, while some of them have not ended. */
export const partsWaitFor = async (
  deps: Deps,
  { workspace, pool }: Pick<Placement, 'pool'> & { readonly workspace: string },
  isOpen: boolean,
): Promise<string | null> => (isOpen ? unserved(deps, workspace, pool) : null);

const unserved = async ({ servedPools }: Deps, workspace: string, pool: string): Promise<string | null> => {
  if (await servedPools.isServed(pool, workspace)) return null;
  return `nobody takes runs of the pool ${pool}: start an executor with TESTMESH_POOLS=${pool}, or a site agent with this pool`;
};
