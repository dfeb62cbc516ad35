import type { RequestDeps, StoredRun } from './deps.ts';
import { type Origin, type RequestedRun, requestRun } from './request-run.ts';
import { runRequest } from './run-request.ts';

/** Checks and queues a run of a stored flow; refuses it with a Problem. */
export type RunStored = (run: StoredRun, origin: Origin) => Promise<Pick<RequestedRun, 'runId'>>;

/** Runs that suites and schedules ask for go the way of all runs. */
export const requestStoredRun =
  (deps: RequestDeps): RunStored =>
  ({ flowId, environment, variables, testEnvironment }, origin) => {
    // Whoever keeps a schedule or a suite run with an environment has named it on purpose.
    const named = environment !== null && { environment, confirm_environment: environment };
    const request = {
      flow_id: flowId,
      variables,
      ...named,
      ...(testEnvironment && { test_environment: testEnvironment }),
    };
    return requestRun(deps, runRequest.parse(request), origin);
  };
