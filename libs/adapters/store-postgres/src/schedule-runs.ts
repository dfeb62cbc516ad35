import type pg from 'pg';
import { type Listed, listRows, only, type Page, uuid } from './rows.ts';
import { SHOWN_RUNS } from './run-views.ts';

/** One firing of a schedule: a slot, a retry of one, or a run by hand. */
export interface ScheduleRun {
  readonly id: string;
  readonly scheduleId: string;
  readonly runId: string | null;
  /** In place of the run, where the schedule runs a suite. */
  readonly suiteRunId: string | null;
  /** The same, where its flow goes over a dataset. */
  readonly datasetRunId: string | null;
  readonly status: 'pending' | 'running' | 'completed' | 'failed' | 'skipped';
  readonly result: 'success' | 'failure' | null;
  readonly error: string | null;
  readonly retryCount: number;
  readonly manual: boolean;
  /** Of slots that were missed together: the last of them. */
  readonly scheduledAt: Date;
  /** The first of them. */
  readonly missedSince: Date | null;
  /** How many slots it stands for; null where nobody counted. */
  readonly slots: number | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly durationMs: number | null;
}

export interface ScheduleStats {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  readonly averageDurationMs: number | null;
}

export interface ScheduleRunStore {
  readonly list: (workspace: string, scheduleId: string, page: Page) => Promise<Listed<ScheduleRun>>;
  /** The latest of each of these schedules, by one statement. */
  readonly latest: (
    workspace: string,
    scheduleIds: readonly string[],
    limit: number,
  ) => Promise<readonly ScheduleRun[]>;
  readonly stats: (workspace: string, scheduleId: string, since: Date) => Promise<ScheduleStats>;
}

// A firing knows its end from the journal; that of a run stands a moment earlier in the run's own view.
const sourceOf = (schedule: string): string => `from (
    select r.*, coalesce(r.verdict, case when v.status = 'finished' then v.verdict end) as outcome,
      coalesce(r.error, case when v.verdict <> 'passed' then v.reason end) as why,
      coalesce(to_timestamp(v.started_at / 1e6), s.created_at, d.created_at) as started,
      coalesce(to_timestamp(v.finished_at / 1e6), s.ended_at, d.ended_at) as completed,
      coalesce(v.duration_ms, extract(epoch from coalesce(s.ended_at - s.created_at, d.ended_at - d.created_at)) * 1000)::float8
        as duration,
      v.status = 'running' or s.id is not null or d.id is not null as running,
      -- What ended in error before it was asked for has an id and no run.
      r.state <> 'ended' or v.stream is not null or s.id is not null or d.id is not null as is_run
    from testmesh.schedule_runs r
      left join testmesh.run_view v on v.${SHOWN_RUNS} and v.stream = 'run-' || r.run_id
      left join testmesh.suite_runs s on s.id = r.suite_run_id
      left join testmesh.dataset_runs d on d.id = r.dataset_run_id
    where r.workspace_id = $1 and r.schedule_id = ${schedule}
  ) r`;
const SOURCE = sourceOf('$2');
const ORDER = 'r.scheduled_at desc, r.retry_count desc, r.id';
// What ended without a run never ran.
const STATUS = `case when r.state = 'missed' or (r.state = 'ended' and r.outcome = 'cancelled' and r.started is null) then 'skipped'
  when r.outcome = 'passed' then 'completed' when r.outcome is not null then 'failed'
  when r.running then 'running' else 'pending' end`;
const COLUMNS = `r.id, r.schedule_id as "scheduleId", case when r.is_run then r.run_id end as "runId",
  case when r.is_run then r.suite_run_id end as "suiteRunId", case when r.is_run then r.dataset_run_id end as "datasetRunId",
  ${STATUS} as status, r.why as error, r.retry_count as "retryCount", r.manual,
  case ${STATUS} when 'completed' then 'success' when 'failed' then 'failure' end as result,
  r.scheduled_at as "scheduledAt", r.missed_since as "missedSince", r.slots,
  r.started as "startedAt", r.completed as "completedAt", r.duration as "durationMs"`;

export const postgresScheduleRuns = (pool: pg.Pool): ScheduleRunStore => ({
  list: (workspace, scheduleId, page) =>
    listRows<ScheduleRun>(
      pool,
      {
        columns: COLUMNS,
        source: SOURCE,
        order: ORDER,
        values: [uuid(workspace), uuid(scheduleId)],
      },
      page,
    ),
  latest: async (workspace, scheduleIds, limit) => {
    const sql = `select l.* from unnest($2::uuid[]) o(id) cross join lateral (
      select ${COLUMNS} ${sourceOf('o.id')} order by ${ORDER} limit $3) l`;
    return (await pool.query<ScheduleRun>(sql, [uuid(workspace), scheduleIds.map(uuid), limit])).rows;
  },
  stats: async (workspace, scheduleId, since) => {
    const { rows } = await pool.query<ScheduleStats>(
      `select coalesce(sum(slots), 0)::int as total, count(*) filter (where status = 'completed')::int as succeeded,
         count(*) filter (where status = 'failed')::int as failed,
         coalesce(sum(slots) filter (where status = 'skipped'), 0)::int as skipped, avg(duration) as "averageDurationMs"
       from (select ${STATUS} as status, r.duration, coalesce(r.slots, 1) as slots ${SOURCE}
         where r.scheduled_at >= $3) runs`,
      [uuid(workspace), uuid(scheduleId), since],
    );
    return only(rows);
  },
});
