import type { AskedTestEnvironment } from '@testmesh/contracts';
import type { ValueMap, Verdict } from '@testmesh/domain';
import type pg from 'pg';
import { inTransaction, type Listed, listRows, only, type Page, uuid } from './rows.ts';

/** One flow run once per row of a dataset. */
export interface DatasetRun {
  readonly id: string;
  readonly workspace: string;
  readonly datasetId: string;
  readonly datasetVersion: number;
  readonly flowId: string;
  readonly environment: string | null;
  /** Its name once more, where whoever asked confirmed it. */
  readonly confirmedEnvironment: string | null;
  readonly variables: ValueMap;
  /** Over what the flow says. */
  readonly testEnvironment: AskedTestEnvironment | null;
  /** Column → variable. */
  readonly mapping: Readonly<Record<string, string>>;
  /** Rows that go at once. */
  readonly atOnce: number;
  readonly stopOnFailure: boolean;
  readonly requestedBy: string;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly total: number;
  readonly passed: number;
  /** Those that could not be asked for included. */
  readonly failed: number;
  readonly cancelled: number;
  /** Not asked for, after another one failed. */
  readonly skipped: number;
}

export interface DatasetRunRow {
  readonly row: number;
  readonly runId: string;
  readonly asked: boolean;
  readonly error: string | null;
  readonly verdict: Verdict | 'skipped' | null;
}

type NewDatasetRun = Omit<
  DatasetRun,
  'createdAt' | 'endedAt' | 'total' | 'passed' | 'failed' | 'cancelled' | 'skipped' | 'workspace'
> & { readonly rows: readonly Pick<DatasetRunRow, 'row' | 'runId'>[] };

export interface DatasetRunStore {
  /** The same id again is the same run. */
  readonly add: (workspace: string, run: NewDatasetRun) => Promise<DatasetRun>;
  readonly get: (workspace: string, datasetId: string, id: string) => Promise<DatasetRun | undefined>;
  readonly list: (workspace: string, datasetId: string, page: Page) => Promise<Listed<DatasetRun>>;
  readonly rows: (id: string, page: Page) => Promise<Listed<DatasetRunRow>>;
  /** Runs of any workspace that have not ended, the oldest first. */
  readonly open: (limit: number) => Promise<readonly DatasetRun[]>;
  /** Rows whose turn it is: as many as may go beside those that go; those that are never asked for are skipped. */
  readonly turn: (run: DatasetRun) => Promise<readonly DatasetRunRow[]>;
  /** False when the row was cancelled or skipped meanwhile: the run that was asked for is nobody's. */
  readonly asked: (id: string, row: number, error: string | null) => Promise<boolean>;
  /** Rows that were not asked for yet never will be; the runs of those that were and have not ended. */
  readonly giveUp: (id: string) => Promise<readonly string[]>;
  /** Ends it when every row has; false while one goes on. */
  readonly end: (id: string) => Promise<boolean>;
}

const FAILED = `(m.verdict in ('failed', 'error', 'timed_out') or (m.verdict is null and m.error is not null))`;
const COLUMNS = `r.id, r.workspace_id as workspace, r.dataset_id as "datasetId", r.dataset_version as "datasetVersion",
  r.flow_id as "flowId", r.environment, r.confirmed_environment as "confirmedEnvironment", r.variables, r.test_environment as "testEnvironment", r.mapping, r.at_once as "atOnce",
  r.stop_on_failure as "stopOnFailure", r.requested_by as "requestedBy", r.created_at as "createdAt",
  r.ended_at as "endedAt", s.total, s.passed, s.failed, s.cancelled, s.skipped`;
const RUNS = `from testmesh.dataset_runs r cross join lateral (
    select count(*)::int as total, count(*) filter (where m.verdict = 'passed')::int as passed,
      count(*) filter (where ${FAILED})::int as failed,
      count(*) filter (where m.verdict = 'cancelled')::int as cancelled, count(*) filter (where m.verdict = 'skipped')::int as skipped
    from testmesh.dataset_run_rows m where m.dataset_run_id = r.id) s`;
const ROW = `m.row_number as row, m.run_id as "runId", m.asked, m.error, m.verdict`;

export const postgresDatasetRuns = (pool: pg.Pool): DatasetRunStore => {
  const get: DatasetRunStore['get'] = async (workspace, datasetId, id) => {
    const sql = `select ${COLUMNS} ${RUNS} where r.workspace_id = $1 and r.dataset_id = $2 and r.id = $3`;
    return (await pool.query<DatasetRun>(sql, [uuid(workspace), uuid(datasetId), uuid(id)])).rows[0];
  };
  return {
    get,
    add: async (workspace, run) => {
      await inTransaction(pool, (client) => insert(client, workspace, run));
      const made = await get(workspace, run.datasetId, run.id);
      if (made === undefined) throw new Error(`the run ${run.id} of a dataset is gone`);
      return made;
    },
    list: (workspace, datasetId, page) =>
      listRows<DatasetRun>(
        pool,
        {
          columns: COLUMNS,
          source: `${RUNS} where r.workspace_id = $1 and r.dataset_id = $2`,
          order: 'r.created_at desc, r.id',
          values: [uuid(workspace), uuid(datasetId)],
        },
        page,
      ),
    rows: (id, page) =>
      listRows<DatasetRunRow>(
        pool,
        {
          columns: ROW,
          source: 'from testmesh.dataset_run_rows m where m.dataset_run_id = $1',
          order: 'm.row_number',
          values: [uuid(id)],
        },
        page,
      ),
    open: async (limit) => {
      const sql = `select ${COLUMNS} ${RUNS} where r.ended_at is null order by r.created_at limit $1`;
      return (await pool.query<DatasetRun>(sql, [limit])).rows;
    },
    turn: (run) => turn(pool, run),
    asked: async (id, row, error) => {
      await pool.query(
        `update testmesh.dataset_run_rows set asked = true, error = $3 where dataset_run_id = $1 and row_number = $2
         and not asked and (verdict is null or verdict not in ('cancelled', 'skipped'))`,
        [id, row, error],
      );
      const sql = 'select from testmesh.dataset_run_rows where dataset_run_id = $1 and row_number = $2 and asked';
      return (await pool.query(sql, [id, row])).rowCount === 1;
    },
    giveUp: async (id) => {
      await pool.query(
        `update testmesh.dataset_run_rows set verdict = 'cancelled'
         where dataset_run_id = $1 and not asked and verdict is null`,
        [id],
      );
      const sql = `select run_id as "runId" from testmesh.dataset_run_rows
        where dataset_run_id = $1 and asked and verdict is null and error is null`;
      return (await pool.query<{ runId: string }>(sql, [id])).rows.map(({ runId }) => runId);
    },
    end: async (id) => {
      const sql = `update testmesh.dataset_runs set ended_at = now() where id = $1 and ended_at is null and not exists (
        select from testmesh.dataset_run_rows where dataset_run_id = $1 and verdict is null and error is null)`;
      return (await pool.query(sql, [id])).rowCount === 1;
    },
  };
};

const turn = async (pool: pg.Pool, { id, atOnce, stopOnFailure, failed, cancelled }: DatasetRun) => {
  if (stopOnFailure && failed + cancelled > 0) {
    await pool.query(
      `update testmesh.dataset_run_rows set verdict = 'skipped' where dataset_run_id = $1 and not asked and verdict is null`,
      [id],
    );
    return [];
  }
  const going = `select count(*)::int as going from testmesh.dataset_run_rows
    where dataset_run_id = $1 and asked and verdict is null and error is null`;
  const free = atOnce - only((await pool.query<{ going: number }>(going, [id])).rows).going;
  if (free <= 0) return [];
  const next = `select ${ROW} from testmesh.dataset_run_rows m where m.dataset_run_id = $1 and not m.asked
    and m.verdict is null order by m.row_number limit $2`;
  return (await pool.query<DatasetRunRow>(next, [id, free])).rows;
};

const insert = async (client: pg.ClientBase, workspace: string, run: NewDatasetRun): Promise<void> => {
  const { rowCount } = await client.query(
    `insert into testmesh.dataset_runs (id, workspace_id, dataset_id, dataset_version, flow_id, environment, variables,
       mapping, at_once, stop_on_failure, requested_by, test_environment, confirmed_environment)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (id) do nothing`,
    [
      run.id,
      uuid(workspace),
      run.datasetId,
      run.datasetVersion,
      run.flowId,
      run.environment,
      JSON.stringify(run.variables),
      JSON.stringify(run.mapping),
      run.atOnce,
      run.stopOnFailure,
      run.requestedBy,
      run.testEnvironment && JSON.stringify(run.testEnvironment),
      run.confirmedEnvironment,
    ],
  );
  if (rowCount === 0) return;
  await client.query(
    `insert into testmesh.dataset_run_rows (dataset_run_id, row_number, run_id)
     select $1, n, r from unnest($2::int[], $3::text[]) as rows (n, r)`,
    [run.id, run.rows.map(({ row }) => row), run.rows.map(({ runId }) => runId)],
  );
};
