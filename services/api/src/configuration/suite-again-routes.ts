import { cancelSuiteRun, rerunSuite } from '@testmesh/commands';
import type { SuiteRun } from '@testmesh/store-postgres';
import * as z from 'zod';
import { type Route, workspaceRoute } from '../http/route.ts';
import { IDEMPOTENCY_KEY } from '../runs/run-routes.ts';
import type { ConfigurationDeps } from './deps.ts';
import { idOnce } from './once.ts';
import { found } from './refusals.ts';
import { shownSuiteRun } from './shown-suite-run.ts';
import { suiteRunBody } from './suite-body.ts';
import { idParams, partsAgain } from './wire.ts';

// A run of a suite, once more or no further.

const tags = ['Suites'];
const runParams = idParams.extend({ run_id: z.guid() });

const earlierRun = async (
  { suiteRuns }: ConfigurationDeps,
  workspace: string,
  { id, run_id: runId }: z.output<typeof runParams>,
): Promise<SuiteRun> => found(await suiteRuns.get(workspace, id, runId), `run ${runId} of the suite ${id}`);

const shown = async (deps: ConfigurationDeps, run: SuiteRun) => ({
  status: 202,
  headers: { location: `/api/v1/suites/${run.suiteId}/runs/${run.id}` },
  body: await shownSuiteRun(deps, run),
});

const rerun = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/suites/:id/runs/:run_id/rerun',
    operationId: 'rerunSuite',
    summary: 'Run the flows of a finished run that did not pass once more',
    description:
      'A run of its own over those flows as they are now, with the environment and the variables of then. Refused (409) while the first one goes on, and where nothing failed.',
    tags,
    permission: 'flows:run',
    headers: [IDEMPOTENCY_KEY],
    params: runParams,
    body: partsAgain,
    example: { only: 'failed' },
    responses: { 202: suiteRunBody },
    handle: async (request) => {
      const { params, body, caller } = request;
      const earlier = await earlierRun(deps, caller.workspace, params);
      const { id } = await idOnce(deps, request, 'rerunSuite');
      const confirmedEnvironment = body.confirm_environment ?? null;
      return shown(deps, await rerunSuite(deps, caller, { id, earlier, only: body.only, confirmedEnvironment }));
    },
  });

const cancel = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/suites/:id/runs/:run_id/cancel',
    operationId: 'cancelSuiteRun',
    summary: 'Cancel a run of a suite',
    description: 'Flows that were not asked for yet never are; those that run carry out their teardown.',
    tags,
    permission: 'flows:run',
    params: runParams,
    responses: { 202: suiteRunBody },
    handle: async ({ params, caller }) => {
      const going = await earlierRun(deps, caller.workspace, params);
      return shown(deps, await cancelSuiteRun(deps, going, caller.actor));
    },
  });

export const suiteAgainRoutes = (deps: ConfigurationDeps): readonly Route[] => [rerun(deps), cancel(deps)];
