import { slotRunId } from '@testmesh/runtime';
import type { Schedule } from '@testmesh/store-postgres';
import type { Requester } from './deps.ts';
import { startSuite } from './start-suite.ts';
import type { SuiteDeps } from './suite-progress.ts';

/** Asks for what a schedule's slot is to run; the same slot again is the same run. A suite has no run of its own: null. */
export const fireSlot =
  (deps: SuiteDeps) =>
  async ({ schedule, at }: { readonly schedule: Schedule; readonly at: Date }): Promise<string | null> => {
    const { id, workspace, version, flowId, suiteId, environment, variables } = schedule;
    const caller: Requester = { workspace, actor: `schedule:${id}` };
    const trigger = { kind: 'schedule', id } as const;
    if (suiteId !== null) {
      const run = slotRunId({ scheduleId: id, version, at: at.getTime() });
      await startSuite(deps, caller, { id: run, suiteId, environment, variables, trigger });
      return null;
    }
    if (flowId === null) throw new Error(`the schedule ${id} names neither a flow nor a suite`);
    const idempotencyKey = `slot/${id}/${version}/${at.toISOString()}`;
    const { runId } = await deps.run({ flowId, environment, variables }, { caller, trigger, idempotencyKey });
    return runId;
  };
