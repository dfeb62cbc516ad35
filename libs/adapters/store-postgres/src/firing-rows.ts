import { type MissReason, type ScheduleEvent, unreachable } from '@testmesh/domain';
import type { HeldSchedule } from './firings.ts';
import type { Queryable } from './rows.ts';

/** Writes what was decided of a schedule into the rows that its state is read from. */
export const writeFirings = async (
  client: Queryable,
  schedule: HeldSchedule,
  events: readonly ScheduleEvent[],
): Promise<void> => {
  for (const event of events) {
    const [sql, values] = statementOf(schedule, event);
    await client.query(sql, [...values]);
  }
};

const FIRED = `insert into testmesh.schedule_runs
    (id, workspace_id, schedule_id, run_id, suite_run_id, scheduled_at, retry_count, manual, not_before, waits, state)
  values ($1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000), $7, $8, to_timestamp($9::float8 / 1000), $10, 'planned')
  on conflict (id) do nothing`;
const MISSED = `insert into testmesh.schedule_runs (workspace_id, schedule_id, scheduled_at, manual, state, error)
  values ($1, $2, to_timestamp($3::float8 / 1000), false, 'missed', $4)`;
const ASKED = `update testmesh.schedule_runs set state = 'asked' where id = $1`;
const REPLACED = `update testmesh.schedule_runs set replaced = true where id = $1`;
const ENDED = `update testmesh.schedule_runs set state = 'ended', verdict = $2, error = coalesce(error, $3), ended_at = now()
  where id = $1`;

const statementOf = (schedule: HeldSchedule, event: ScheduleEvent): readonly [string, readonly unknown[]] => {
  const { id, workspace, suiteId } = schedule;
  switch (event.type) {
    case 'ScheduleFired': {
      const { firing, slot, retry, manual, notBefore, waits } = event;
      const runs = suiteId === null ? [firing, null] : [null, firing];
      return [FIRED, [firing, workspace, id, ...runs, slot, retry, manual, notBefore, waits]];
    }
    case 'ScheduleMissed':
      return [MISSED, [workspace, id, event.slot, WHY[event.reason](event.by ?? 'of another slot')]];
    case 'ScheduleRunAsked':
      return [ASKED, [event.firing]];
    case 'ScheduleRunReplaced':
      return [REPLACED, [event.firing]];
    case 'ScheduleRunEnded':
      return [ENDED, [event.firing, event.verdict, event.reason]];
    default:
      return unreachable(event);
  }
};

const WHY: Readonly<Record<MissReason, (by: string) => string>> = {
  late: () => 'it was missed: nobody watched the clock at that time',
  overlap: (by) => `it was skipped: run ${by} of this schedule had not ended`,
  'full-queue': (by) => `it was skipped: too many slots wait for run ${by} to end`,
};
