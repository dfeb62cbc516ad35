import type pg from 'pg';
import { type Listed, listRows, only, type Page, uuid } from './rows.ts';
import { SHOWN_RUNS } from './run-views.ts';

/** One firing of a schedule; its state is that of its run. */
export interface ScheduleRun {
  readonly id: string;
  readonly scheduleId: string;
  readonly runId: string | null;
  readonly status: 'pending' | 'running' | 'completed' | 'failed' | 'skipped';
  readonly result: 'success' | 'failure' | null;
  readonly error: string | null;
  readonly retryCount: number;
  readonly manual: boolean;
  readonly scheduledAt: Date;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly durationMs: number | null;
}

export interface NewScheduleRun {
  readonly scheduleId: string;
  readonly runId: string | null;
  /** Says why it did not run; such a firing is skipped. */
  readonly error: string | null;
  readonly manual: boolean;
  readonly retryCount: number;
  readonly scheduledAt: Date;
}

export interface ScheduleStats {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  readonly averageDurationMs: number | null;
}

export interface ScheduleRunStore {
  /** False when this slot has fired already: whoever comes second changes nothing. */
  readonly add: (workspace: string, run: NewScheduleRun) => Promise<boolean>;
  readonly list: (workspace: string, scheduleId: string, page: Page) => Promise<Listed<ScheduleRun>>;
  readonly stats: (workspace: string, scheduleId: string, since: Date) => Promise<ScheduleStats>;
}

const SOURCE = `from testmesh.schedule_runs r
  left join testmesh.run_view v on v.${SHOWN_RUNS} and v.stream = 'run-' || r.run_id
  where r.workspace_id = $1 and r.schedule_id = $2`;
const STATUS = `case when r.run_id is null then 'skipped'
  when v.status = 'finished' then case when v.verdict = 'passed' then 'completed' else 'failed' end
  when v.status = 'running' then 'running' else 'pending' end`;
const COLUMNS = `r.id, r.schedule_id as "scheduleId", r.run_id as "runId", ${STATUS} as status,
  case when v.status = 'finished' then case when v.verdict = 'passed' then 'success' else 'failure' end end as result,
  coalesce(r.error, case when v.verdict <> 'passed' then v.reason end) as error, r.retry_count as "retryCount", r.manual,
  r.scheduled_at as "scheduledAt", to_timestamp(v.started_at / 1e6) as "startedAt",
  to_timestamp(v.finished_at / 1e6) as "completedAt", v.duration_ms as "durationMs"`;

export const postgresScheduleRuns = (pool: pg.Pool): ScheduleRunStore => ({
  add: async (workspace, { scheduleId, runId, error, manual, retryCount, scheduledAt }) => {
    const { rowCount } = await pool.query(
      `insert into testmesh.schedule_runs (workspace_id, schedule_id, run_id, error, manual, retry_count, scheduled_at)
       select workspace_id, id, $3, $4, $5, $6, $7 from testmesh.schedules where workspace_id = $1 and id = $2
       on conflict do nothing`,
      [uuid(workspace), uuid(scheduleId), runId, error, manual, retryCount, scheduledAt],
    );
    return rowCount === 1;
  },
  list: (workspace, scheduleId, page) =>
    listRows<ScheduleRun>(
      pool,
      {
        columns: COLUMNS,
        source: SOURCE,
        order: 'r.scheduled_at desc, r.id',
        values: [uuid(workspace), uuid(scheduleId)],
      },
      page,
    ),
  stats: async (workspace, scheduleId, since) => {
    const { rows } = await pool.query<ScheduleStats>(
      `select count(*)::int as total, count(*) filter (where status = 'completed')::int as succeeded,
         count(*) filter (where status = 'failed')::int as failed,
         count(*) filter (where status = 'skipped')::int as skipped, avg(duration_ms) as "averageDurationMs"
       from (select ${STATUS} as status, v.duration_ms ${SOURCE} and r.scheduled_at >= $3) runs`,
      [uuid(workspace), uuid(scheduleId), since],
    );
    return only(rows);
  },
});
