import type pg from 'pg';
import { type Listed, listRows, only, type Page, uuid } from './rows.ts';

/** Which run plays which part of a suite's run; how it went stands in the run's own view. */
export interface SuiteRunMember {
  readonly runId: string;
  readonly flowId: string;
  readonly position: number;
  readonly parallel: boolean;
}

export interface SuiteRun {
  readonly id: string;
  readonly suiteId: string;
  readonly environment: string | null;
  readonly triggerKind: string;
  readonly triggerId: string | null;
  readonly requestedBy: string;
  readonly createdAt: Date;
  readonly members: readonly SuiteRunMember[];
}

export interface NewSuiteRun {
  readonly suiteId: string;
  readonly environment: string | null;
  readonly triggerKind: string;
  readonly triggerId: string | null;
  readonly requestedBy: string;
  readonly members: readonly SuiteRunMember[];
}

export interface SuiteRunStore {
  readonly add: (workspace: string, run: NewSuiteRun) => Promise<SuiteRun>;
  readonly get: (workspace: string, suiteId: string, id: string) => Promise<SuiteRun | undefined>;
  readonly list: (workspace: string, suiteId: string, page: Page) => Promise<Listed<SuiteRun>>;
}

const COLUMNS = `r.id, r.suite_id as "suiteId", r.environment, r.trigger_kind as "triggerKind",
  r.trigger_id as "triggerId", r.requested_by as "requestedBy", r.created_at as "createdAt",
  coalesce((select json_agg(json_build_object('runId', m.run_id, 'flowId', m.flow_id, 'position', m.position,
      'parallel', m.parallel) order by m.position, m.run_id)
    from testmesh.suite_run_members m where m.suite_run_id = r.id), '[]') as members`;

export const postgresSuiteRuns = (pool: pg.Pool): SuiteRunStore => {
  const get: SuiteRunStore['get'] = async (workspace, suiteId, id) => {
    const sql = `select ${COLUMNS} from testmesh.suite_runs r
      where r.workspace_id = $1 and r.suite_id = $2 and r.id = $3`;
    return (await pool.query<SuiteRun>(sql, [uuid(workspace), uuid(suiteId), uuid(id)])).rows[0];
  };
  return {
    get,
    add: async (workspace, { suiteId, environment, triggerKind, triggerId, requestedBy, members }) => {
      // One statement, so that a suite's run is never seen without its members.
      const { rows } = await pool.query<{ id: string }>(
        `with run as (
           insert into testmesh.suite_runs (workspace_id, suite_id, environment, trigger_kind, trigger_id, requested_by)
           select workspace_id, id, $3, $4, $5, $6 from testmesh.suites where workspace_id = $1 and id = $2 returning id
         ), members as (
           insert into testmesh.suite_run_members (suite_run_id, run_id, flow_id, position, parallel)
           select run.id, m."runId", m."flowId", m.position, m.parallel
           from run, json_to_recordset($7) as m("runId" text, "flowId" uuid, position int, parallel boolean)
         )
         select id from run`,
        [uuid(workspace), uuid(suiteId), environment, triggerKind, triggerId, requestedBy, JSON.stringify(members)],
      );
      const run = await get(workspace, suiteId, only(rows).id);
      if (run === undefined) throw new Error('a run of a suite was added and is not there');
      return run;
    },
    list: (workspace, suiteId, page) =>
      listRows<SuiteRun>(
        pool,
        {
          columns: COLUMNS,
          source: 'from testmesh.suite_runs r where r.workspace_id = $1 and r.suite_id = $2',
          order: 'r.created_at desc, r.id',
          values: [uuid(workspace), uuid(suiteId)],
        },
        page,
      ),
  };
};
