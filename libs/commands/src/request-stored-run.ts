import type { RequestDeps, StoredRun } from './deps.ts';
import { type Origin, type RequestedRun, requestRun } from './request-run.ts';
import { runRequest } from './run-request.ts';

/** Checks and queues a run of a stored flow; refuses it with a Problem. */
export type RunStored = (run: StoredRun, origin: Origin) => Promise<Pick<RequestedRun, 'runId'>>;

/** Runs that suites and schedules ask for go the way of all runs. */
export const requestStoredRun =
  (deps: RequestDeps): RunStored =>
  ({ flowId, environment, confirmedEnvironment, variables, testEnvironment, secretNames, ...placement }, origin) => {
    const request = {
      flow_id: flowId,
      variables,
      ...placement,
      ...(environment !== null && { environment }),
      ...(confirmedEnvironment !== null && { confirm_environment: confirmedEnvironment }),
      ...(testEnvironment && { test_environment: testEnvironment }),
    };
    return requestRun(deps, runRequest.parse(request), { ...origin, secretNames });
  };
