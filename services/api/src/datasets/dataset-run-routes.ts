import * as z from 'zod';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { idOnce } from '../configuration/once.ts';
import { found } from '../configuration/refusals.ts';
import { idParams, limit, offset, pageOf } from '../configuration/wire.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import { IDEMPOTENCY_KEY } from '../runs/run-routes.ts';
import {
  accepted,
  datasetRunBody,
  datasetRunOf,
  rowBody,
  rowOf,
  runRequest,
  shownDatasetRun,
} from './dataset-run-body.ts';
import { startDatasetRun } from './start-dataset-run.ts';

const tags = ['Datasets'];
const run = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/datasets/:id/run',
    operationId: 'runDataset',
    summary: 'Run a flow once per row',
    tags,
    permission: 'flows:run',
    headers: [IDEMPOTENCY_KEY],
    params: idParams,
    body: runRequest,
    example: { flow_id: '0190a000-0000-7000-8000-000000000001', environment: 'staging', parallel: 5 },
    responses: { 202: datasetRunBody },
    handle: async (request) => {
      const { params, body, caller } = request;
      const { id, isRepeated } = await idOnce(deps, request, 'runDataset');
      const earlier = isRepeated ? await deps.datasetRuns.get(caller.workspace, params.id, id) : undefined;
      if (earlier !== undefined) return accepted(deps, earlier);
      const dataset = found(await deps.datasets.get(caller.workspace, params.id), `dataset ${params.id}`);
      const started = await startDatasetRun(deps, caller, dataset, { ...body, id });
      return accepted(deps, started);
    },
  });

const runs = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/datasets/:id/runs',
    operationId: 'listDatasetRuns',
    summary: 'Runs over a dataset, newest first',
    tags,
    permission: 'runs:view',
    params: idParams,
    query: z.strictObject({ limit: limit(20), offset }),
    responses: { 200: z.object({ runs: z.array(datasetRunBody), ...pageOf }) },
    handle: async ({ params: { id }, query, caller: { workspace } }) => {
      found(await deps.datasets.get(workspace, id), `dataset ${id}`);
      const { items, total } = await deps.datasetRuns.list(workspace, id, query);
      return { status: 200, body: { runs: items.map(datasetRunOf), total, ...query } };
    },
  });

const oneRun = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/datasets/:id/runs/:run_id',
    operationId: 'getDatasetRun',
    summary: 'A run over a dataset, row by row',
    tags,
    permission: 'runs:view',
    params: idParams.extend({ run_id: z.guid() }),
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100), offset }),
    responses: { 200: datasetRunBody.extend({ rows: z.array(rowBody), ...pageOf }) },
    handle: async ({ params: { id, run_id: runId }, query, caller: { workspace } }) => {
      const shown = found(await deps.datasetRuns.get(workspace, id, runId), `run ${runId} of the dataset ${id}`);
      const { items, total } = await deps.datasetRuns.rows(runId, query);
      return {
        status: 200,
        body: { ...(await shownDatasetRun(deps, shown)), rows: items.map(rowOf), total, ...query },
      };
    },
  });

export const datasetRunRoutes = (deps: ConfigurationDeps): readonly Route[] =>
  [run, runs, oneRun].map((route) => route(deps));
