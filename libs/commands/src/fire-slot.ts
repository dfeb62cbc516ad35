import type { HeldSchedule } from '@testmesh/store-postgres';
import { startSuite } from './start-suite.ts';
import type { SuiteDeps } from './suite-progress.ts';

/** What a schedule names, for one of its firings. */
export type Fire = (
  schedule: Pick<
    HeldSchedule,
    'id' | 'workspace' | 'flowId' | 'suiteId' | 'environment' | 'variables' | 'testEnvironment'
  >,
  firing: string,
) => Promise<void>;

/** Asks for what a firing is to run, under the firing's own id: asked for again it is the same run. */
export const fireSlot =
  (deps: SuiteDeps): Fire =>
  async ({ id, workspace, flowId, suiteId, environment, variables, testEnvironment = null }, firing) => {
    const caller = { workspace, actor: `schedule:${id}` };
    // Whoever keeps a schedule with an environment has named it on purpose.
    const asked = { environment, confirmedEnvironment: environment, variables, testEnvironment };
    const trigger = { kind: 'schedule', id } as const;
    if (suiteId !== null) {
      await startSuite(deps, caller, { id: firing, suiteId, ...asked, trigger });
      return;
    }
    if (flowId === null) throw new Error(`the schedule ${id} names neither a flow nor a suite`);
    const origin = { caller, trigger, idempotencyKey: undefined, runId: firing };
    await deps.run({ flowId, ...asked }, origin);
  };
