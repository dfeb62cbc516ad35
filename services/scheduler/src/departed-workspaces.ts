import type { RunQueue } from '@testmesh/ports';
import type { Storage } from '@testmesh/service-kit';

const AT_ONCE = 100;

export interface Departed {
  readonly workspaces: Pick<Storage['workspaces'], 'runsLeft'>;
  readonly queue: Pick<RunQueue, 'cancel'>;
}

/** Cancels what a workspace that was deleted left queued or running; true when there may be more. */
export const cancelDeparted = async ({ workspaces, queue }: Departed): Promise<boolean> => {
  const left = await workspaces.runsLeft(AT_ONCE);
  for (const runId of left) await queue.cancel(runId, 'system');
  return left.length === AT_ONCE;
};
