import type { MissReason, ScheduleEvent } from '@testmesh/domain';
import type { HeldSchedule } from './firings.ts';
import type { Queryable } from './rows.ts';
import { storable } from './view-columns.ts';

/** Writes what was decided of a schedule into the rows that its state is read from: one statement for each kind of event. */
export const writeFirings = async (
  client: Queryable,
  schedule: HeldSchedule,
  events: readonly ScheduleEvent[],
): Promise<void> => {
  for (const { type, sql } of STATEMENTS) {
    const rows = events.filter((event) => event.type === type).map(rowOf);
    if (rows.length > 0) await client.query(sql(schedule), [JSON.stringify(rows), ...valuesOf(type, schedule)]);
  }
};

interface Statement {
  readonly type: ScheduleEvent['type'];
  readonly sql: (schedule: Pick<HeldSchedule, 'suiteId' | 'dataset'>) => string;
}

// Rows are there before they change, and what has ended stays so.
const STATEMENTS: readonly Statement[] = [
  {
    type: 'ScheduleFired',
    sql: (schedule) => `insert into testmesh.schedule_runs
        (id, workspace_id, schedule_id, ${runColumn(schedule)}, scheduled_at, retry_count, manual, not_before, waits, state)
      select firing, $2, $3, firing, ${time('slot')}, retry, manual, ${time('"notBefore"')}, waits, 'planned'
      from json_to_recordset($1) as e(firing uuid, slot float8, retry int, manual bool, "notBefore" float8, waits bool)
      on conflict (id) do nothing`,
  },
  {
    type: 'ScheduleMissed',
    sql: () => `insert into testmesh.schedule_runs
        (workspace_id, schedule_id, missed_since, scheduled_at, slots, manual, state, error)
      select $2, $3, ${time('since')}, ${time('slot')}, count, false, 'missed', why
      from json_to_recordset($1) as e(since float8, slot float8, count int, why text)`,
  },
  {
    type: 'ScheduleRunAsked',
    sql: () => `update testmesh.schedule_runs r set state = 'asked'
      from json_to_recordset($1) as e(firing uuid) where r.id = e.firing`,
  },
  {
    type: 'ScheduleRunReplaced',
    sql: () => `update testmesh.schedule_runs r set replaced = true
      from json_to_recordset($1) as e(firing uuid) where r.id = e.firing`,
  },
  {
    type: 'ScheduleRunEnded',
    sql: () => `update testmesh.schedule_runs r
      set state = 'ended', verdict = e.verdict, error = coalesce(r.error, e.reason), ended_at = now()
      from json_to_recordset($1) as e(firing uuid, verdict text, reason text) where r.id = e.firing`,
  },
];

const time = (ms: string): string => `to_timestamp(${ms} / 1000)`;

/** What the firing is the id of: of a run, a run of a suite or a run over a dataset. */
const runColumn = ({ suiteId, dataset }: Pick<HeldSchedule, 'suiteId' | 'dataset'>): string => {
  if (suiteId !== null) return 'suite_run_id';
  return dataset == null ? 'run_id' : 'dataset_run_id';
};

const valuesOf = (type: ScheduleEvent['type'], { workspace, id }: HeldSchedule): readonly string[] =>
  type === 'ScheduleFired' || type === 'ScheduleMissed' ? [workspace, id] : [];

const rowOf = (event: ScheduleEvent): object => {
  if (event.type === 'ScheduleRunEnded') return { ...event, reason: storable(event.reason) };
  return event.type === 'ScheduleMissed' ? { ...event, why: whyMissed(event) } : event;
};

type Missed = Extract<ScheduleEvent, { readonly type: 'ScheduleMissed' }>;

const whyMissed = ({ since, count, reason, by = 'of another slot' }: Missed): string => {
  if (count === 1) return `it was ${WHY[reason](by)}`;
  return `${count ?? 'all'} slots from ${new Date(since).toISOString()} on were ${WHY[reason](by)}`;
};

const WHY: Readonly<Record<MissReason, (by: string) => string>> = {
  late: () => 'missed: nobody watched the clock at that time',
  overlap: (by) => `skipped: run ${by} of this schedule had not ended`,
  'full-queue': (by) => `skipped: too many slots wait for run ${by} to end`,
};
