import type { AskedTestEnvironment, Placement } from '@testmesh/contracts';
import {
  type OpenFiring,
  type Overlap,
  type RetryPolicy,
  type ScheduleCommand,
  type ScheduleEvent,
  type ScheduleState,
  scheduleDecider,
  type ValueMap,
} from '@testmesh/domain';
import type pg from 'pg';
import { writeFirings } from './firing-rows.ts';
import { type Outcome, reportOutcome } from './health.ts';
import { placementColumns } from './placement.ts';
import { inTransaction, type Queryable, uuid } from './rows.ts';
import { datasetColumn, type ScheduleDataset } from './schedules.ts';
import { type Sealed, type VariablesOf, variableColumns, variablesOf } from './sealed-variables.ts';
import type { Sealer } from './sealing.ts';

// Firings are the state of a schedule as `scheduleDecider` knows it. Whoever changes them holds the schedule's row, reads the
// state under that lock and leaves the decision to the decider: any number of schedulers come to one decision per slot.

/** A schedule that is held, with what is open of it. */
export interface HeldSchedule extends Placement {
  readonly id: string;
  readonly workspace: string;
  readonly name: string;
  readonly flowId: string | null;
  readonly suiteId: string | null;
  readonly dataset?: ScheduleDataset | null;
  readonly cron: string;
  readonly timezone: string;
  readonly environment: string | null;
  readonly variables: ValueMap;
  /** Variables that were credentials when they were given. */
  readonly secretNames: readonly string[];
  readonly testEnvironment?: AskedTestEnvironment | null;
  readonly status: 'active' | 'paused' | 'disabled';
  readonly overlap: Overlap;
  readonly misfire: 'none' | 'last' | 'all';
  readonly maxRetries: number;
  readonly retryDelayMs: number;
  readonly retryOn: RetryPolicy['on'];
  readonly version: number;
  readonly nextRunAt: Date | null;
  /** The database's clock. */
  readonly now: Date;
  readonly state: ScheduleState;
}

/** What was decided of a held schedule; nothing is written where there is nothing. */
export interface ScheduleChange {
  readonly events: readonly ScheduleEvent[];
  /** Its next slot, where the slots went forward; null when none comes any more. */
  readonly nextRunAt?: Date | null;
  /** A firing that could not be asked for just now. */
  readonly tried?: string;
  /** The end of a run that it follows from. */
  readonly ended?: Pick<Outcome, 'endedAt' | 'isLate'>;
}

export type DecideSchedule = (held: HeldSchedule) => ScheduleChange | Promise<ScheduleChange>;

/** Tells the journal what a schedule's clock decided, within the transaction of `client`. */
export type ScheduleAppend = (
  client: pg.ClientBase,
  schedule: Pick<HeldSchedule, 'id' | 'workspace'>,
  events: readonly ScheduleEvent[],
) => Promise<void>;

export interface FiringToAsk {
  readonly scheduleId: string;
  readonly firing: string;
  /** When it could not be asked for for the first time. */
  readonly triedAt: Date | null;
}

export interface ReplacedFiring {
  readonly firing: string;
  readonly workspace: string;
  readonly scheduleName: string;
  readonly runId: string | null;
  readonly suiteRunId: string | null;
  readonly datasetRunId: string | null;
}

export interface FiringSettings {
  readonly append: ScheduleAppend;
  /** Opens what schedules give to their runs. */
  readonly sealer: Sealer;
}

/** Lists leave out the ids that they are given as `but`: of schedules, or of firings. */
export interface FiringStore {
  /** Active schedules whose next slot has come: so many, and a quarter as many that are late. */
  readonly due: (limit: number, but?: readonly string[]) => Promise<readonly string[]>;
  /** Decides on a schedule that nobody else holds; false where somebody does, or it is gone. */
  readonly change: (scheduleId: string, decide: DecideSchedule) => Promise<boolean>;
  /** The same, but it waits for whoever holds the schedule. */
  readonly changeNow: (scheduleId: string, decide: DecideSchedule) => Promise<boolean>;
  /** Firings whose time to be asked for has come: so many, and a quarter as many that are late; each the oldest first. */
  readonly toAsk: (limit: number, but?: readonly string[]) => Promise<readonly FiringToAsk[]>;
  /** Firings that a later slot replaced, whose runs go on. */
  readonly replaced: (limit: number, but?: readonly string[]) => Promise<readonly ReplacedFiring[]>;
}

export const postgresFirings = (pool: pg.Pool, { append, sealer }: FiringSettings): FiringStore => ({
  due: async (limit, but = []) => {
    const due = (when: string) => `select id from testmesh.schedules
      where status = 'active' and next_run_at ${when} and id <> all($3::uuid[])
      order by next_run_at limit`;
    return (await pool.query<{ id: string }>(...fairly(due, limit, but))).rows.map(({ id }) => id);
  },
  change: (id, decide) =>
    inTransaction(pool, (client) => changeSchedule({ client, append, sealer, wait: false }, id, decide)),
  changeNow: (id, decide) =>
    inTransaction(pool, (client) => changeSchedule({ client, append, sealer, wait: true }, id, decide)),
  toAsk: async (limit, but = []) => {
    const due = (when: string) => `select r.schedule_id as "scheduleId", r.id as firing, r.tried_at as "triedAt"
      from testmesh.schedule_runs r
      where r.state = 'planned' and r.not_before ${when} and r.id <> all($3::uuid[]) and not (r.waits and exists (${EARLIER}))
      order by r.not_before, r.id limit`;
    return (await pool.query<FiringToAsk>(...fairly(due, limit, but))).rows;
  },
  replaced: async (limit, but = []) => {
    const sql = `select r.id as firing, r.workspace_id as workspace, s.name as "scheduleName", r.run_id as "runId",
        r.suite_run_id as "suiteRunId", r.dataset_run_id as "datasetRunId"
      from testmesh.schedule_runs r join testmesh.schedules s on s.id = r.schedule_id
      where r.state = 'asked' and r.replaced and r.id <> all($2::uuid[]) order by r.scheduled_at limit $1`;
    return (await pool.query<ReplacedFiring>(sql, [limit, but])).rows;
  },
});

/** What is on time, and after it a share of what is late: neither holds up the other. */
const fairly = (
  due: (when: string) => string,
  limit: number,
  but: readonly string[],
): [sql: string, values: unknown[]] => {
  const minute = `now() - interval '1 minute'`;
  const sql = `(${due(`between ${minute} and now()`)} $1) union all (${due(`< ${minute}`)} $2)`;
  return [sql, [limit, Math.ceil(limit / 4), but]];
};

// What waits is asked for when every earlier slot is settled: a slot that has a retry before it is not.
const EARLIER = `select from testmesh.schedule_runs e where e.schedule_id = r.schedule_id
  and e.state in ('planned', 'asked') and not e.manual and e.scheduled_at < r.scheduled_at`;

type EndFiring = Extract<ScheduleCommand, { readonly type: 'EndFiring' }>;

/** How a firing came out, under the policy of its schedule; `next` is the id that a retry's run would have. */
export const endOfFiring = (
  { maxRetries, retryDelayMs, retryOn, now }: HeldSchedule,
  firing: string,
  outcome: Pick<EndFiring, 'verdict' | 'reason' | 'next'>,
): EndFiring => ({
  type: 'EndFiring',
  firing,
  ...outcome,
  policy: { most: maxRetries, delayMs: retryDelayMs, on: retryOn },
  now: now.getTime(),
});

interface Holding extends FiringSettings {
  readonly client: pg.ClientBase;
  /** Whether to wait for whoever holds the schedule. */
  readonly wait: boolean;
}

/** Holds a schedule and writes what is decided of it; in the transaction of `client`. */
export const changeSchedule = async (
  { client, append, sealer, wait }: Holding,
  scheduleId: string,
  decide: DecideSchedule,
): Promise<boolean> => {
  const held = await hold({ client, variables: variablesOf(sealer, 'schedules') }, scheduleId, wait);
  if (held === undefined) return false;
  const change = await decide(held);
  const { events, nextRunAt, tried } = change;
  if (events.length > 0) {
    await writeFirings(client, held, events);
    await append(client, held, events);
    await reportSettled(client, held, change);
  }
  if (nextRunAt !== undefined) {
    await client.query('update testmesh.schedules set next_run_at = $2 where id = $1', [scheduleId, nextRunAt]);
  }
  if (tried !== undefined) {
    const sql = 'update testmesh.schedule_runs set tried_at = coalesce(tried_at, clock_timestamp()) where id = $1';
    await client.query(sql, [tried]);
  }
  return true;
};

/** Says how the schedule is doing: what is settled does, whether it came to a run or not, and what was run by hand does not. */
const reportSettled = async (
  client: Queryable,
  { id, workspace, now, state }: HeldSchedule,
  { events, ended }: ScheduleChange,
): Promise<void> => {
  for (const event of events) {
    const open = event.type === 'ScheduleRunEnded' && event.settled ? state.open.get(event.firing) : undefined;
    if (event.type !== 'ScheduleRunEnded' || open === undefined || open.manual) continue;
    const { firing: runId, verdict, reason } = event;
    const subject = { kind: 'schedule', id } as const;
    const cause =
      ended === undefined
        ? { endedAt: now.getTime(), slot: open.slot }
        : { endedAt: ended.endedAt, isLate: ended.isLate ?? false };
    await reportOutcome(client, { workspace, subject, environment: '', runId, verdict, reason, ...cause });
  }
};

const HELD = `select id, workspace_id as workspace, name, flow_id as "flowId", suite_id as "suiteId", ${datasetColumn()}, cron_expr as cron,
    timezone, environment, ${variableColumns()}, secret_names as "secretNames", test_environment as "testEnvironment", ${placementColumns()}, status, overlap, misfire, max_retries as "maxRetries",
    retry_delay_ms as "retryDelayMs", retry_on as "retryOn", version, next_run_at as "nextRunAt", clock_timestamp() as now
  from testmesh.schedules where id = $1 for update`;

interface Reading {
  readonly client: Queryable;
  readonly variables: VariablesOf;
}

const hold = async ({ client, variables }: Reading, id: string, wait: boolean): Promise<HeldSchedule | undefined> => {
  type Row = Sealed<Omit<HeldSchedule, 'state'>>;
  const { rows } = await client.query<Row>(`${HELD}${wait ? '' : ' skip locked'}`, [uuid(id)]);
  const [row] = rows;
  return row && { ...variables.open(row), state: await stateOf(client, id) };
};

interface OpenRow extends OpenFiring {
  readonly id: string;
}

/** Times are milliseconds. */
const OPEN = `select id, (extract(epoch from scheduled_at) * 1000)::float8 as slot, retry_count as retry, manual,
    state = 'asked' as asked, replaced, waits
  from testmesh.schedule_runs where schedule_id = $1 and state in ('planned', 'asked')
  order by scheduled_at, retry_count, id`;
const LAST = `select (extract(epoch from max(scheduled_at)) * 1000)::float8 as slot
  from testmesh.schedule_runs where schedule_id = $1 and not manual`;

const stateOf = async (client: Queryable, id: string): Promise<ScheduleState> => {
  const { rows } = await client.query<OpenRow>(OPEN, [id]);
  const last = await client.query<{ slot: number | null }>(LAST, [id]);
  return {
    lastSlot: last.rows[0]?.slot ?? scheduleDecider.initial.lastSlot,
    open: new Map(rows.map(({ id: firing, ...open }) => [firing, open])),
  };
};
