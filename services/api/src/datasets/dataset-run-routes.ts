import { environmentOfParts, moveDatasetRunOn } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import { newRunId } from '@testmesh/runtime';
import type { Dataset } from '@testmesh/store-postgres';
import * as z from 'zod';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { idOnce } from '../configuration/once.ts';
import { found } from '../configuration/refusals.ts';
import { askedEnvironment, idParams, limit, offset, pageOf } from '../configuration/wire.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import { IDEMPOTENCY_KEY } from '../runs/run-routes.ts';
import {
  accepted,
  datasetRunBody,
  datasetRunOf,
  MOST_RUNS,
  rowBody,
  rowOf,
  runRequest,
  variable,
} from './dataset-run-body.ts';

const tags = ['Datasets'];
type Body = z.output<typeof runRequest>;

/** The numbers of the rows that are to be run, counted from 1. */
const rowNumbers = ({ table }: Dataset, { rows: { from, to } }: Body): readonly number[] => {
  const last = Math.min(to ?? table.rowCount, table.rowCount);
  if (from > last)
    throw new Problem('cannot-be-done', `the dataset has ${table.rowCount} rows, none of them is asked for`);
  if (last - from >= MOST_RUNS) {
    throw new Problem(
      'cannot-be-done',
      `one request may run ${MOST_RUNS} rows: say which ones with rows.from and rows.to`,
    );
  }
  return Array.from({ length: last - from + 1 }, (_, at) => from + at);
};

const checkMapping = ({ table: { columns } }: Dataset, { mapping }: Body): void => {
  const unknown = Object.keys(mapping).find((column) => !columns.includes(column));
  if (unknown !== undefined) throw new Problem('cannot-be-done', `the dataset has no column ${unknown}`);
  const unnamed = columns.find((column) => !variable.safeParse(mapping[column] ?? column).success);
  if (unnamed === undefined) return;
  throw new Problem('cannot-be-done', `the column ${unnamed} is no name of a variable: say in mapping what it is`);
};

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
      if (earlier !== undefined) return accepted(earlier);
      const dataset = found(await deps.datasets.get(caller.workspace, params.id), `dataset ${params.id}`);
      checkMapping(dataset, body);
      if ((await deps.flows.byId(caller.workspace, body.flow_id)) === undefined) {
        throw new Problem('cannot-be-done', `the workspace has no flow ${body.flow_id}`);
      }
      const started = await deps.datasetRuns.add(caller.workspace, {
        id,
        datasetId: dataset.id,
        datasetVersion: dataset.version,
        flowId: body.flow_id,
        ...(await environmentOfParts(deps.environments, caller.workspace, askedEnvironment(body))),
        testEnvironment: body.test_environment ?? null,
        variables: body.variables as ValueMap,
        mapping: body.mapping,
        atOnce: body.parallel,
        stopOnFailure: body.stop_on_failure,
        requestedBy: caller.actor,
        rows: rowNumbers(dataset, body).map((row) => ({ row, runId: newRunId() })),
      });
      await moveDatasetRunOn(deps, started);
      return accepted((await deps.datasetRuns.get(caller.workspace, dataset.id, started.id)) ?? started);
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
      return { status: 200, body: { ...datasetRunOf(shown), rows: items.map(rowOf), total, ...query } };
    },
  });

export const datasetRunRoutes = (deps: ConfigurationDeps): readonly Route[] =>
  [run, runs, oneRun].map((route) => route(deps));
