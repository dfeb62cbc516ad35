import { Problem } from '@testmesh/contracts';
import type { SuiteRun } from '@testmesh/store-postgres';
import type { Requester } from './deps.ts';
import { startSuite } from './start-suite.ts';
import { isDone, moveOn, outcomesOf, type SuiteDeps } from './suite-progress.ts';

export interface SuiteAgain {
  /** The new run's id: the same id again is the same run. */
  readonly id: string;
  readonly earlier: SuiteRun;
  /** `failed`: the parts that did not pass. */
  readonly only: 'failed' | 'all';
  readonly confirmedEnvironment: string | null;
}

/** Runs parts of a finished run once more: the flows as they are now, with the environment and the variables of then. */
export const rerunSuite = async (deps: SuiteDeps, caller: Requester, again: SuiteAgain): Promise<SuiteRun> => {
  const { id, earlier, only, confirmedEnvironment } = again;
  const { suiteId, environment, variables, secretNames, testEnvironment = null, pool, priority } = earlier;
  const outcomes = await outcomesOf(deps, earlier);
  if (!outcomes.every(isDone)) {
    throw new Problem('conflict', `the run ${earlier.id} of the suite goes on: wait for its end, or cancel it`);
  }
  const parts = earlier.members.filter((_, at) => only === 'all' || outcomes[at]?.status !== 'completed');
  if (parts.length === 0) throw new Problem('conflict', `every flow of the run ${earlier.id} passed`);
  return startSuite(deps, caller, {
    ...{ id, suiteId, environment, confirmedEnvironment, variables, secretNames, testEnvironment, pool, priority },
    trigger: { kind: 'rerun', id: earlier.id },
    partsOf: { run: earlier.id, flowIds: parts.map(({ flowId }) => flowId) },
  });
};

/** Nothing more of it is asked for, and what goes on is cancelled. */
export const cancelSuiteRun = async (deps: SuiteDeps, run: SuiteRun, by: string): Promise<SuiteRun> => {
  if ((await outcomesOf(deps, run)).every(isDone)) {
    throw new Problem('conflict', `the run ${run.id} of the suite is finished already`);
  }
  for (const runId of await deps.suiteRuns.giveUp(run.workspace, run.id)) await deps.cancelRun(runId, by);
  const given = (await deps.suiteRuns.get(run.workspace, run.suiteId, run.id)) ?? run;
  return moveOn(deps, given);
};
