import { VARIABLE_NAME } from '@testmesh/commands';
import { askedTestEnvironment, placementParts } from '@testmesh/contracts';
import type { DatasetRun, DatasetRunRow } from '@testmesh/store-postgres';
import * as z from 'zod';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { environmentToRunIn, instant, isoOrNull, json, placementOf } from '../configuration/wire.ts';
import type { RouteAnswer } from '../http/route.ts';
import { partsWaitFor, waitingForPart } from '../runs/waiting-for.ts';

const variable = z.string().regex(VARIABLE_NAME, 'a variable has letters, digits, _ and -');

export const runRequest = z
  .strictObject({
    flow_id: z.guid(),
    ...environmentToRunIn,
    test_environment: askedTestEnvironment
      .optional()
      .describe('of each row’s run, over what the flow says; rows that share an environment use it in turn'),
    variables: z.record(variable, json).default({}).describe("for every row; a row's own values are stronger"),
    mapping: z
      .record(z.string(), variable)
      .default({})
      .describe('column → variable; a column that is not named goes under its own name'),
    rows: z
      .strictObject({ from: z.int().min(1).default(1), to: z.int().min(1).optional() })
      .default({ from: 1 })
      .describe('counted from 1; all of them unless said'),
    parallel: z.int().min(1).max(100).default(5).describe('rows that go at once'),
    stop_on_failure: z.boolean().default(false).describe('rows that did not begin are skipped after a failure'),
    ...placementParts,
  })
  .meta({ id: 'DatasetRunRequest' });

export const datasetRunBody = z
  .object({
    id: z.guid(),
    dataset_id: z.guid(),
    dataset_version: z.int(),
    flow_id: z.guid(),
    status: z.enum(['running', 'completed', 'failed', 'cancelled']),
    schedule_id: z.guid().nullable().describe('the schedule that asked for it'),
    environment: z.string().nullable(),
    test_environment: json.nullable().describe('what its runs say of their test environment'),
    ...placementOf,
    requested_by: z.string(),
    total_rows: z.int(),
    passed_rows: z.int(),
    failed_rows: z.int(),
    cancelled_rows: z.int(),
    skipped_rows: z.int(),
    created_at: instant,
    ended_at: instant.nullable(),
    waiting_for: waitingForPart,
  })
  .meta({ id: 'DatasetRun' });

export const rowBody = z.object({
  row: z.int(),
  execution_id: z.string().nullable().describe('null until it was asked for'),
  status: z.enum(['waiting', 'running', 'completed', 'failed', 'cancelled', 'skipped']),
  error: z.string().nullable(),
});

const statusOfRun = ({ endedAt, failed, cancelled }: DatasetRun): z.infer<typeof datasetRunBody>['status'] => {
  if (endedAt === null) return 'running';
  if (failed > 0) return 'failed';
  return cancelled > 0 ? 'cancelled' : 'completed';
};

export const datasetRunOf = (run: DatasetRun) => ({
  id: run.id,
  dataset_id: run.datasetId,
  dataset_version: run.datasetVersion,
  flow_id: run.flowId,
  status: statusOfRun(run),
  schedule_id: run.scheduleId,
  environment: run.environment,
  test_environment: run.testEnvironment,
  pool: run.pool,
  priority: run.priority,
  requested_by: run.requestedBy,
  total_rows: run.total,
  passed_rows: run.passed,
  failed_rows: run.failed,
  cancelled_rows: run.cancelled,
  skipped_rows: run.skipped,
  created_at: run.createdAt.toISOString(),
  ended_at: isoOrNull(run.endedAt),
});

const statusOf = ({ asked, error, verdict }: DatasetRunRow): z.infer<typeof rowBody>['status'] => {
  if (verdict === 'skipped' || verdict === 'cancelled') return verdict;
  if (verdict !== null) return verdict === 'passed' ? 'completed' : 'failed';
  if (error !== null) return 'failed';
  return asked ? 'running' : 'waiting';
};

export const rowOf = (row: DatasetRunRow) => ({
  row: row.row,
  execution_id: row.asked && row.error === null ? row.runId : null,
  status: statusOf(row),
  error: row.error,
});

/** A run as it is now, with what its rows wait for. */
export const shownDatasetRun = async (deps: Pick<ConfigurationDeps, 'servedPools'>, run: DatasetRun) => ({
  ...datasetRunOf(run),
  waiting_for: await partsWaitFor(deps, run, run.endedAt === null),
});

/** What starting, repeating or cancelling a run is answered with. */
export const accepted = async (deps: ConfigurationDeps, run: DatasetRun): Promise<RouteAnswer> => ({
  status: 202,
  headers: { location: `/api/v1/datasets/${run.datasetId}/runs/${run.id}` },
  body: await shownDatasetRun(deps, run),
});
