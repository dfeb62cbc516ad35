import type pg from 'pg';
import { SHOWN_RUNS } from './run-views.ts';

/** A schedule whose next slot has come. */
export interface DueSchedule {
  readonly id: string;
  readonly workspace: string;
  /** The slot it waits for; whoever handles it moves it on from here. */
  readonly nextRunAt: Date;
  /** The database's clock when it was found due. */
  readonly now: Date;
  /** Its runs that have not ended, as far as is known. */
  readonly going: readonly string[];
}

export interface DueSchedules {
  readonly due: (limit: number) => Promise<readonly DueSchedule[]>;
  /** False when somebody else moved it on first. */
  readonly moveOn: (schedule: DueSchedule, next: Date | undefined) => Promise<boolean>;
}

// A run that is not projected yet goes on, too; one that was asked for long ago and is not known any more does not.
const GOING = `select r.run_id from testmesh.schedule_runs r
  left join testmesh.run_view v on v.${SHOWN_RUNS} and v.stream = 'run-' || r.run_id
  where r.schedule_id = s.id and r.run_id is not null and r.scheduled_at > now() - interval '1 day'
    and v.status is distinct from 'finished'`;

export const postgresDueSchedules = (pool: pg.Pool): DueSchedules => ({
  due: async (limit) => {
    const { rows } = await pool.query<DueSchedule>(
      `select s.id, s.workspace_id as workspace, s.next_run_at as "nextRunAt", now() as now, array(${GOING}) as going
       from testmesh.schedules s where s.status = 'active' and s.next_run_at <= now()
       order by s.next_run_at limit $1`,
      [limit],
    );
    return rows;
  },
  moveOn: async ({ id, nextRunAt }, next) => {
    const { rowCount } = await pool.query(
      'update testmesh.schedules set next_run_at = $3 where id = $1 and next_run_at = $2',
      [id, nextRunAt, next ?? null],
    );
    return rowCount === 1;
  },
});
