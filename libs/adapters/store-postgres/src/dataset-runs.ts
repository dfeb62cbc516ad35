import type { AskedTestEnvironment, Placement } from '@testmesh/contracts';
import type { ValueMap, Verdict } from '@testmesh/domain';
import type pg from 'pg';
import { placementColumns, placementValues } from './placement.ts';
import { inTransaction, type Listed, listRows, type Page, uuid } from './rows.ts';
import { type Sealed, type VariablesOf, variableColumns, variablesOf } from './sealed-variables.ts';
import type { Sealer } from './sealing.ts';
import { storable } from './view-columns.ts';

/** One flow run once per row of a dataset. */
export interface DatasetRun extends Placement {
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
  /** The schedule that asked for it. */
  readonly scheduleId: string | null;
  /** Variables that were credentials when they were given. */
  readonly secretNames: readonly string[];
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

type DueDatasetRun = Pick<DatasetRun, 'id' | 'workspace' | 'datasetId'>;

type NewDatasetRun = Omit<
  DatasetRun,
  | 'createdAt'
  | 'endedAt'
  | 'total'
  | 'passed'
  | 'failed'
  | 'cancelled'
  | 'skipped'
  | 'workspace'
  | 'scheduleId'
  | 'secretNames'
  | keyof Placement
> &
  Partial<Pick<DatasetRun, 'scheduleId' | 'secretNames' | keyof Placement>> & {
    readonly rows: readonly Pick<DatasetRunRow, 'row' | 'runId'>[];
  };

export interface DatasetRunStore {
  /** The same id again is the same run; undefined when there is no such dataset or no such flow any more. */
  readonly add: (workspace: string, run: NewDatasetRun) => Promise<DatasetRun | undefined>;
  readonly get: (workspace: string, datasetId: string, id: string) => Promise<DatasetRun | undefined>;
  readonly list: (workspace: string, datasetId: string, page: Page) => Promise<Listed<DatasetRun>>;
  readonly rows: (id: string, page: Page) => Promise<Listed<DatasetRunRow>>;
  /** Runs of any workspace with a row to ask for or that are to end, but for these: workspaces in turn, the oldest first. */
  readonly due: (limit: number, but: readonly string[]) => Promise<readonly DueDatasetRun[]>;
  /** Rows whose turn it is: as many as may go beside those that go; those that are never asked for are skipped. */
  readonly turn: (run: DatasetRun) => Promise<readonly DatasetRunRow[]>;
  /** False when the row was cancelled or skipped meanwhile: the run that was asked for is nobody's. */
  readonly asked: (id: string, row: number, error: string | null) => Promise<boolean>;
  /** Rows that were not asked for yet never will be; the runs of those that were, or may have been, and have not ended. */
  readonly giveUp: (id: string) => Promise<readonly string[]>;
  /** Ends it when every row has; false while one goes on. */
  readonly end: (id: string) => Promise<boolean>;
}

const FAILED = `(m.verdict in ('failed', 'error', 'timed_out') or (m.verdict is null and m.error is not null))`;
const COLUMNS = `r.id, r.workspace_id as workspace, r.dataset_id as "datasetId", r.dataset_version as "datasetVersion",
  r.flow_id as "flowId", r.environment, r.confirmed_environment as "confirmedEnvironment", ${variableColumns('r.')}, r.test_environment as "testEnvironment", r.mapping, r.at_once as "atOnce",
  r.stop_on_failure as "stopOnFailure", r.requested_by as "requestedBy", r.schedule_id as "scheduleId",
  r.secret_names as "secretNames", ${placementColumns('r.')}, r.created_at as "createdAt",
  r.ended_at as "endedAt", s.total, s.passed, s.failed, s.cancelled, s.skipped`;
const RUNS = `from testmesh.dataset_runs r cross join lateral (
    select count(*)::int as total, count(*) filter (where m.verdict = 'passed')::int as passed,
      count(*) filter (where ${FAILED})::int as failed,
      count(*) filter (where m.verdict = 'cancelled')::int as cancelled, count(*) filter (where m.verdict = 'skipped')::int as skipped
    from testmesh.dataset_run_rows m where m.dataset_run_id = r.id) s`;
const ASKED = `update testmesh.dataset_run_rows set asked = true, error = $3 where dataset_run_id = $1 and row_number = $2
  and not asked and (verdict is null or verdict not in ('cancelled', 'skipped'))`;
const ROW = `m.row_number as row, m.run_id as "runId", m.asked, m.error, m.verdict`;

/** Rows that have not ended; an index holds them. */
const OPEN =
  'select from testmesh.dataset_run_rows m where m.dataset_run_id = r.id and m.verdict is null and m.error is null';
const DUE = `select d.id, d.workspace, d."datasetId" from (
    select r.id, r.workspace_id as workspace, r.dataset_id as "datasetId", r.created_at,
      row_number() over (partition by r.workspace_id order by r.created_at, r.id) as turn
    from testmesh.dataset_runs r where r.ended_at is null and r.id <> all($2::uuid[]) and (not exists (${OPEN})
      or exists (${OPEN} and not m.asked) and r.at_once > (select count(*) from (${OPEN} and m.asked) going))
  ) d order by d.turn, d.created_at, d.id limit $1`;

export const postgresDatasetRuns = (pool: pg.Pool, sealer: Sealer): DatasetRunStore => {
  const variables = variablesOf(sealer, 'dataset_runs');
  const get: DatasetRunStore['get'] = async (workspace, datasetId, id) => {
    const sql = `select ${COLUMNS} ${RUNS} where r.workspace_id = $1 and r.dataset_id = $2 and r.id = $3`;
    const [row] = (await pool.query<Sealed<DatasetRun>>(sql, [uuid(workspace), uuid(datasetId), uuid(id)])).rows;
    return row && variables.open(row);
  };
  return {
    get,
    add: async (workspace, run) => {
      await inTransaction(pool, async (client) => {
        if (await areThere(client, workspace, run)) await insert({ client, variables }, workspace, run);
      });
      return get(workspace, run.datasetId, run.id);
    },
    list: async (workspace, datasetId, page) => {
      const { items, total } = await listRows<Sealed<DatasetRun>>(
        pool,
        {
          columns: COLUMNS,
          source: `${RUNS} where r.workspace_id = $1 and r.dataset_id = $2`,
          order: 'r.created_at desc, r.id',
          values: [uuid(workspace), uuid(datasetId)],
        },
        page,
      );
      return { items: items.map(variables.open), total };
    },
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
    due: async (limit, but) => (await pool.query<DueDatasetRun>(DUE, [limit, but])).rows,
    turn: (run) => turn(pool, run),
    asked: async (id, row, error) => {
      await pool.query(ASKED, [id, row, storable(error)]);
      const sql = 'select from testmesh.dataset_run_rows where dataset_run_id = $1 and row_number = $2 and asked';
      return (await pool.query(sql, [id, row])).rowCount === 1;
    },
    giveUp: async (id) => {
      await pool.query(
        `update testmesh.dataset_run_rows set verdict = 'cancelled'
         where dataset_run_id = $1 and not asked and verdict is null`,
        [id],
      );
      // Whoever asked for the next rows may have died before it was written down.
      const sql = `select run_id as "runId" from testmesh.dataset_run_rows
          where dataset_run_id = $1 and asked and verdict is null and error is null
        union all (select m.run_id from testmesh.dataset_run_rows m where m.dataset_run_id = $1 and not m.asked
          and m.verdict = 'cancelled' order by m.row_number
          limit (select at_once from testmesh.dataset_runs where id = $1))`;
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
  // Counted and taken at one moment: two who look at once take the same rows, and not each as many as are free.
  const next = `select ${ROW} from testmesh.dataset_run_rows m where m.dataset_run_id = $1 and not m.asked
    and m.verdict is null order by m.row_number
    limit greatest(0, $2 - (select count(*) from testmesh.dataset_run_rows where dataset_run_id = $1 and asked
      and verdict is null and error is null))`;
  return (await pool.query<DatasetRunRow>(next, [id, atOnce])).rows;
};

/** Whether its dataset and its flow are there; whoever deletes one of them at this moment is waited for, or finds the run. */
const areThere = async (client: pg.ClientBase, workspace: string, { datasetId, flowId }: NewDatasetRun) => {
  const sql = `select from testmesh.datasets d, testmesh.flows f where d.workspace_id = $1 and d.id = $2 and d.deleted_at is null
    and f.workspace_id = $1 and f.id = $3 and f.deleted_at is null for share`;
  return (await client.query(sql, [workspace, datasetId, flowId].map(uuid))).rowCount === 1;
};

const insert = async (
  { client, variables }: { readonly client: pg.ClientBase; readonly variables: VariablesOf },
  workspace: string,
  run: NewDatasetRun,
): Promise<void> => {
  const [sealed, clear] = variables.seal(run.id, run.variables);
  const { rowCount } = await client.query(
    `insert into testmesh.dataset_runs (id, workspace_id, dataset_id, dataset_version, flow_id, environment, variables,
       mapping, at_once, stop_on_failure, requested_by, test_environment, confirmed_environment, sealed_variables, schedule_id, told,
       secret_names, pool, priority)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15::uuid is null, $16, $17, $18) on conflict (id) do nothing`,
    [
      run.id,
      uuid(workspace),
      run.datasetId,
      run.datasetVersion,
      run.flowId,
      run.environment,
      clear,
      JSON.stringify(run.mapping),
      run.atOnce,
      run.stopOnFailure,
      run.requestedBy,
      run.testEnvironment && JSON.stringify(run.testEnvironment),
      run.confirmedEnvironment,
      sealed,
      run.scheduleId ?? null,
      run.secretNames ?? [],
      ...placementValues(run),
    ],
  );
  if (rowCount === 0) return;
  await client.query(
    `insert into testmesh.dataset_run_rows (dataset_run_id, row_number, run_id)
     select $1, n, r from unnest($2::int[], $3::text[]) as rows (n, r)`,
    [run.id, run.rows.map(({ row }) => row), run.rows.map(({ runId }) => runId)],
  );
};
