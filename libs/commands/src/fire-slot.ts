import { Problem } from '@testmesh/contracts';
import type { HeldSchedule } from '@testmesh/store-postgres';
import { type DatasetStartDeps, startDataset } from './start-dataset.ts';
import { startSuite } from './start-suite.ts';
import type { SuiteDeps } from './suite-progress.ts';

/** What a schedule names, for one of its firings. */
export type Fire = (
  schedule: Pick<
    HeldSchedule,
    | 'id'
    | 'workspace'
    | 'flowId'
    | 'suiteId'
    | 'dataset'
    | 'environment'
    | 'variables'
    | 'secretNames'
    | 'testEnvironment'
    | 'pool'
    | 'priority'
  >,
  firing: string,
) => Promise<void>;

/** Asks for what a firing is to run, under the firing's own id: asked for again it is the same run. */
export const fireSlot =
  (deps: SuiteDeps & DatasetStartDeps): Fire =>
  async (schedule, firing) => {
    const { id, workspace, flowId, suiteId, dataset = null, environment, variables, secretNames } = schedule;
    const { testEnvironment = null, pool, priority } = schedule;
    const caller = { workspace, actor: `schedule:${id}` };
    // Whoever keeps a schedule with an environment has named it on purpose.
    const given = { variables, secretNames, testEnvironment, pool, priority };
    const asked = { environment, confirmedEnvironment: environment, ...given };
    const trigger = { kind: 'schedule', id } as const;
    if (suiteId !== null) {
      await startSuite(deps, caller, { id: firing, suiteId, ...asked, trigger });
      return;
    }
    if (flowId === null) throw new Error(`the schedule ${id} names neither a flow nor a suite`);
    if (dataset === null) {
      const origin = { caller, trigger, idempotencyKey: undefined, runId: firing };
      await deps.run({ flowId, ...asked }, origin);
      return;
    }
    const { id: datasetId, ...over } = dataset;
    const rows = await deps.datasets.get(workspace, datasetId);
    if (rows === undefined) throw new Problem('cannot-be-done', `there is no dataset ${datasetId} in this workspace`);
    await startDataset(deps, caller, { id: firing, dataset: rows, flowId, ...asked, ...over, scheduleId: id });
  };
