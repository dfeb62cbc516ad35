import type { AskedTestEnvironment, Placement } from '@testmesh/contracts';
import type { ValueMap, Verdict } from '@testmesh/domain';
import type pg from 'pg';
import { placementColumns, placementValues } from './placement.ts';
import { type Listed, listRows, type Page, uuid } from './rows.ts';
import { type Sealed, type VariablesOf, variableColumns, variablesOf } from './sealed-variables.ts';
import type { Sealer } from './sealing.ts';
import { storable } from './view-columns.ts';

/** A part of a suite's run; how it went stands in the view of its own run. */
export interface SuiteRunMember {
  readonly flowId: string;
  readonly position: number;
  readonly parallel: boolean;
  /** Null until the parts before it are done. */
  readonly runId: string | null;
  /** Why it could not be asked for. */
  readonly error: string | null;
  /** How it came out, a moment after its run's own view says so; `cancelled` also where it was never asked for. */
  readonly verdict: Verdict | null;
}

export interface SuiteRun extends Placement {
  readonly id: string;
  readonly workspace: string;
  readonly suiteId: string;
  readonly environment: string | null;
  /** Its name once more, where whoever asked confirmed it. */
  readonly confirmedEnvironment: string | null;
  readonly variables: ValueMap;
  /** Variables that are credentials in one of its flows: in the others they are secret, too. */
  readonly secretNames: readonly string[];
  /** Of the suite, with what was asked for over it. */
  readonly testEnvironment?: AskedTestEnvironment | null;
  readonly triggerKind: string;
  readonly triggerId: string | null;
  readonly requestedBy: string;
  readonly createdAt: Date;
  /** In the order of the suite. */
  readonly members: readonly SuiteRunMember[];
}

const PART_KEY = 'suite-run:';

/** Under which the run of a part is asked for, by the id of its flow. */
export const partKey = (suiteRunId: string, flowId: string): string => `${PART_KEY}${suiteRunId}:${flowId}`;

type DueSuiteRun = Pick<SuiteRun, 'id' | 'workspace' | 'suiteId'>;

type Made = 'id' | 'workspace' | 'createdAt' | 'members' | 'secretNames';

export type NewSuiteRun = Omit<SuiteRun, Made | keyof Placement> & {
  readonly pool?: string | undefined;
  readonly priority?: number | undefined;
  readonly secretNames?: readonly string[];
  readonly id?: string | undefined;
  /** Parts of an earlier run of the suite, instead of those the suite has now. */
  readonly partsOf?: { readonly run: string; readonly flowIds: readonly string[] } | undefined;
};

export interface SuiteRunStore {
  /** A run of the suite as it stands now; undefined when there is no such suite. The same id again is the same run. */
  readonly add: (workspace: string, run: NewSuiteRun) => Promise<SuiteRun | undefined>;
  readonly get: (workspace: string, suiteId: string, id: string) => Promise<SuiteRun | undefined>;
  readonly list: (workspace: string, suiteId: string, page: Page) => Promise<Listed<SuiteRun>>;
  /** The latest of each of these suites, by one statement. */
  readonly latest: (workspace: string, suiteIds: readonly string[], limit: number) => Promise<readonly SuiteRun[]>;
  /** Runs of any workspace with parts whose turn has come, but for these: workspaces in turn, in each the oldest first. */
  readonly due: (limit: number, but: readonly string[]) => Promise<readonly DueSuiteRun[]>;
  /** False when the part was settled otherwise meanwhile: the run that was asked for is nobody's. */
  readonly asked: (
    id: string,
    flowId: string,
    outcome: { readonly runId: string } | { readonly error: string },
  ) => Promise<boolean>;
  /** Parts that were not asked for yet never will be; the runs of those that were, or may have been, and have not ended. */
  readonly giveUp: (workspace: string, id: string) => Promise<readonly string[]>;
}

const COLUMNS = `r.id, r.workspace_id as workspace, r.suite_id as "suiteId", r.environment, r.confirmed_environment as "confirmedEnvironment",
  ${variableColumns('r.')}, r.secret_names as "secretNames", r.test_environment as "testEnvironment",
  ${placementColumns('r.')}, r.trigger_kind as "triggerKind", r.trigger_id as "triggerId", r.requested_by as "requestedBy",
  r.created_at as "createdAt",
  coalesce((select json_agg(json_build_object('flowId', m.flow_id, 'position', m.position, 'parallel', m.parallel,
      'runId', m.run_id, 'error', m.error, 'verdict', m.verdict) order by m.place)
    from testmesh.suite_run_members m where m.suite_run_id = r.id), '[]') as members`;

// Only what is before a part and has not ended holds it back: runs that wait, however many, are not looked at again and again.
const DUE = `select d.id, d.workspace, d."suiteId" from (
    select r.id, r.workspace_id as workspace, r.suite_id as "suiteId", r.created_at,
      row_number() over (partition by r.workspace_id order by r.created_at, r.id) as turn
    from testmesh.suite_runs r where r.ended_at is null and r.id <> all($2::uuid[]) and exists (
      select from testmesh.suite_run_members m
      where m.suite_run_id = r.id and m.run_id is null and m.error is null and not exists (
        select from testmesh.suite_run_members b where b.suite_run_id = r.id and b.place < m.place
          and b.verdict is null and b.error is null and not (b.position = m.position and b.parallel and m.parallel)))
  ) d order by d.turn, d.created_at, d.id limit $1`;

export const postgresSuiteRuns = (pool: pg.Pool, sealer: Sealer): SuiteRunStore => {
  const variables = variablesOf(sealer, 'suite_runs');
  const get: SuiteRunStore['get'] = async (workspace, suiteId, id) => {
    const sql = `select ${COLUMNS} from testmesh.suite_runs r
      where r.workspace_id = $1 and r.suite_id = $2 and r.id = $3`;
    const [row] = (await pool.query<Sealed<SuiteRun>>(sql, [uuid(workspace), uuid(suiteId), uuid(id)])).rows;
    return row && variables.open(row);
  };
  return {
    get,
    add: async (workspace, run) => {
      const id = run.id ?? crypto.randomUUID();
      await insert({ pool, variables }, workspace, { ...run, id });
      return get(workspace, run.suiteId, id);
    },
    list: async (workspace, suiteId, page) => {
      const { items, total } = await listRows<Sealed<SuiteRun>>(
        pool,
        {
          columns: COLUMNS,
          source: 'from testmesh.suite_runs r where r.workspace_id = $1 and r.suite_id = $2',
          order: 'r.created_at desc, r.id',
          values: [uuid(workspace), uuid(suiteId)],
        },
        page,
      );
      return { items: items.map(variables.open), total };
    },
    latest: async (workspace, suiteIds, limit) => {
      const sql = `select l.* from unnest($2::uuid[]) o(id) cross join lateral (select ${COLUMNS} from testmesh.suite_runs r
        where r.workspace_id = $1 and r.suite_id = o.id order by r.created_at desc, r.id limit $3) l`;
      const { rows } = await pool.query<Sealed<SuiteRun>>(sql, [uuid(workspace), suiteIds.map(uuid), limit]);
      return rows.map(variables.open);
    },
    due: async (limit, but) => (await pool.query<DueSuiteRun>(DUE, [limit, but])).rows,
    asked: async (id, flowId, outcome) => {
      const [runId, error] = 'runId' in outcome ? [outcome.runId, null] : [null, storable(outcome.error)];
      const { rowCount } = await pool.query(
        `update testmesh.suite_run_members set run_id = $3, error = $4
         where suite_run_id = $1 and flow_id = $2 and run_id is null and error is null`,
        [id, flowId, runId, error],
      );
      if (rowCount === 1) return true;
      const sql = `select from testmesh.suite_run_members where suite_run_id = $1 and flow_id = $2 and run_id = $3`;
      return (await pool.query(sql, [id, flowId, runId])).rowCount === 1;
    },
    giveUp: async (workspace, id) => {
      const mine = 'suite_run_id in (select id from testmesh.suite_runs where workspace_id = $1 and id = $2)';
      await pool.query(
        `update testmesh.suite_run_members set error = 'the run of the suite was cancelled', verdict = 'cancelled'
         where ${mine} and run_id is null and error is null`,
        [uuid(workspace), uuid(id)],
      );
      // Whoever asked for a part may have died before it was written down.
      const sql = `select run_id as "runId" from testmesh.suite_run_members
          where ${mine} and run_id is not null and verdict is null
        union select k.run_id from testmesh.suite_run_members m join testmesh.idempotency_keys k
          on k.workspace_id = $1 and k.key = '${PART_KEY}' || m.suite_run_id || ':' || m.flow_id
          where m.${mine} and m.run_id is null and m.verdict = 'cancelled'`;
      const { rows } = await pool.query<{ runId: string }>(sql, [uuid(workspace), uuid(id)]);
      return rows.map(({ runId }) => runId);
    },
  };
};

/** One statement, so that a suite's run is never seen without its members. */
const insert = async (
  { pool, variables }: { readonly pool: pg.Pool; readonly variables: VariablesOf },
  workspace: string,
  run: NewSuiteRun & { readonly id: string },
): Promise<void> => {
  const [sealed, clear] = variables.seal(run.id, run.variables);
  await pool.query(
    `with run as (
       insert into testmesh.suite_runs
         (workspace_id, suite_id, id, environment, variables, trigger_kind, trigger_id, requested_by, confirmed_environment,
          sealed_variables, secret_names, pool, priority, test_environment)
       select workspace_id, id, $3, $4, $5, $6, $7, $8, $10, $13, $14, $15, $16,
         case when coalesce(test_environment, $9) is not null
           then coalesce(test_environment, '{}') || coalesce($9::jsonb, '{}') end
       from testmesh.suites
       where workspace_id = $1 and id = $2 and deleted_at is null
       on conflict (id) do nothing returning id, suite_id
     ), parts as (
       select flow_id, position, parallel from testmesh.suite_flows where suite_id = $2 and $11::uuid is null
       union all select flow_id, position, parallel from testmesh.suite_run_members
         where suite_run_id = $11 and flow_id = any($12::uuid[])
     ), flows as (
       -- Whoever deletes one at this moment is waited for, or finds this run.
       select id, name, deleted_at from testmesh.flows where id in (select flow_id from parts) for share
     )
     insert into testmesh.suite_run_members (suite_run_id, flow_id, place, position, parallel, error)
     select run.id, p.flow_id, row_number() over (order by p.position, f.name, p.flow_id), p.position, p.parallel,
       case when f.deleted_at is not null then 'its flow was deleted' end
     from run join parts p on true join flows f on f.id = p.flow_id`,
    [
      uuid(workspace),
      uuid(run.suiteId),
      run.id,
      run.environment,
      clear,
      run.triggerKind,
      run.triggerId,
      run.requestedBy,
      run.testEnvironment == null ? null : JSON.stringify(run.testEnvironment),
      run.confirmedEnvironment,
      run.partsOf?.run ?? null,
      run.partsOf?.flowIds ?? [],
      sealed,
      run.secretNames ?? [],
      ...placementValues(run),
    ],
  );
};
