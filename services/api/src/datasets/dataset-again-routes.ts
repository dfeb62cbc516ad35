import {
  cancelDatasetRun,
  environmentOfParts,
  keepDatasetRun,
  MOST_ROWS_OF_A_RUN,
  moveDatasetRunOn,
} from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import { newRunId } from '@testmesh/runtime';
import type { DatasetRun } from '@testmesh/store-postgres';
import * as z from 'zod';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { idOnce } from '../configuration/once.ts';
import { found } from '../configuration/refusals.ts';
import { idParams, partsAgain } from '../configuration/wire.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import { IDEMPOTENCY_KEY } from '../runs/run-routes.ts';
import { accepted, datasetRunBody } from './dataset-run-body.ts';

// A run over a dataset, once more or no further.

const tags = ['Datasets'];
const runParams = idParams.extend({ run_id: z.guid() });

const earlierRun = async (
  { datasetRuns }: ConfigurationDeps,
  workspace: string,
  { id, run_id: runId }: z.output<typeof runParams>,
): Promise<DatasetRun> => found(await datasetRuns.get(workspace, id, runId), `run ${runId} of the dataset ${id}`);

const now = async ({ datasetRuns }: ConfigurationDeps, { workspace, datasetId, id }: DatasetRun): Promise<DatasetRun> =>
  found(await datasetRuns.get(workspace, datasetId, id), `run ${id} of the dataset ${datasetId}`);

/** The rows that are run once more. */
const rowsAgain = async ({ datasetRuns }: ConfigurationDeps, earlier: DatasetRun, only: 'failed' | 'all') => {
  if (earlier.endedAt === null) {
    throw new Problem('conflict', `the run ${earlier.id} over the dataset goes on: wait for its end, or cancel it`);
  }
  const { items } = await datasetRuns.rows(earlier.id, { limit: MOST_ROWS_OF_A_RUN, offset: 0 });
  const rows = items.filter(({ verdict }) => only === 'all' || verdict !== 'passed');
  if (rows.length === 0) throw new Problem('conflict', `every row of the run ${earlier.id} passed`);
  return rows.map(({ row }) => ({ row, runId: newRunId() }));
};

const rerun = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/datasets/:id/runs/:run_id/rerun',
    operationId: 'rerunDataset',
    summary: 'Run the rows of a finished run that did not pass once more',
    description:
      'A run of its own over those rows of the version of then, those that were skipped included, with the flow as it is now. Refused (409) while the first one goes on, and where nothing failed.',
    tags,
    permission: 'flows:run',
    headers: [IDEMPOTENCY_KEY],
    params: runParams,
    body: partsAgain,
    example: { only: 'failed' },
    responses: { 202: datasetRunBody },
    handle: async (request) => {
      const { params, body, caller } = request;
      const { workspace } = caller;
      const earlier = await earlierRun(deps, workspace, params);
      const { id, isRepeated } = await idOnce(deps, request, 'rerunDataset');
      const made = isRepeated ? await deps.datasetRuns.get(workspace, params.id, id) : undefined;
      if (made !== undefined) return accepted(deps, made);
      const rows = await rowsAgain(deps, earlier, body.only);
      const asked = { environment: earlier.environment, confirmedEnvironment: body.confirm_environment ?? null };
      const environment = await environmentOfParts(deps.environments, workspace, asked);
      const again = { ...earlier, ...environment, scheduleId: null, id, requestedBy: caller.actor, rows };
      const started = await keepDatasetRun(deps, workspace, again);
      await moveDatasetRunOn(deps, started);
      return accepted(deps, await now(deps, started));
    },
  });

const cancel = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/datasets/:id/runs/:run_id/cancel',
    operationId: 'cancelDatasetRun',
    summary: 'Cancel a run over a dataset',
    description: 'Rows that were not asked for yet never are; those that run carry out their teardown.',
    tags,
    permission: 'flows:run',
    params: runParams,
    responses: { 202: datasetRunBody },
    handle: async ({ params, caller }) => {
      const going = await earlierRun(deps, caller.workspace, params);
      await cancelDatasetRun(deps, going, caller.actor);
      return accepted(deps, await now(deps, going));
    },
  });

export const datasetAgainRoutes = (deps: ConfigurationDeps): readonly Route[] => [rerun(deps), cancel(deps)];
