import type { RunQueue } from '@testmesh/ports';
import { isDatabaseTrouble, type Storage } from '@testmesh/service-kit';

const AT_ONCE = 100;

export interface Departed {
  readonly workspaces: Pick<Storage['workspaces'], 'runsLeft'>;
  readonly queue: Pick<RunQueue, 'cancel'>;
}

/** Cancels what a workspace that was deleted left queued or running; true when there may be more. One that fails holds up no other. */
export const cancelDeparted = async ({ workspaces, queue }: Departed): Promise<boolean> => {
  const left = await workspaces.runsLeft(AT_ONCE);
  const faults: unknown[] = [];
  for (const runId of left) {
    try {
      await queue.cancel(runId, 'system');
    } catch (fault) {
      // There is nothing to go on with.
      if (isDatabaseTrouble(fault)) throw fault;
      faults.push(fault);
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} runs could not be cancelled: ${faults[0]}`);
  return left.length === AT_ONCE;
};
