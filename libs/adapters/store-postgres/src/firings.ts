import type { AskedTestEnvironment } from '@testmesh/contracts';
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
import { inTransaction, type Queryable, uuid } from './rows.ts';

// Firings are the state of a schedule as `scheduleDecider` knows it. Whoever changes them holds the schedule's row, reads the
// state under that lock and leaves the decision to the decider: any number of schedulers come to one decision per slot.

/** A schedule that is held, with what is open of it. */
export interface HeldSchedule {
  readonly id: string;
  readonly workspace: string;
  readonly name: string;
  readonly flowId: string | null;
  readonly suiteId: string | null;
  readonly cron: string;
  readonly timezone: string;
  readonly environment: string | null;
  readonly variables: ValueMap;
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
}

export interface ReplacedFiring {
  readonly workspace: string;
  readonly scheduleName: string;
  readonly runId: string | null;
  readonly suiteRunId: string | null;
}

export interface FiringStore {
  /** Active schedules whose next slot has come. */
  readonly due: (limit: number) => Promise<readonly string[]>;
  /** Decides on a schedule that nobody else holds; false where somebody does, or it is gone. */
  readonly change: (scheduleId: string, decide: DecideSchedule) => Promise<boolean>;
  /** The same, but it waits for whoever holds the schedule. */
  readonly changeNow: (scheduleId: string, decide: DecideSchedule) => Promise<boolean>;
  /** Firings whose time to be asked for has come, the oldest first. */
  readonly toAsk: (limit: number) => Promise<readonly FiringToAsk[]>;
  /** Firings that a later slot replaced, whose runs go on. */
  readonly replaced: (limit: number) => Promise<readonly ReplacedFiring[]>;
}

export const postgresFirings = (pool: pg.Pool, append: ScheduleAppend): FiringStore => ({
  due: async (limit) => {
    const sql = `select id from testmesh.schedules where status = 'active' and next_run_at <= now()
      order by next_run_at limit $1`;
    return (await pool.query<{ id: string }>(sql, [limit])).rows.map(({ id }) => id);
  },
  change: (id, decide) => inTransaction(pool, (client) => changeSchedule({ client, append, wait: false }, id, decide)),
  changeNow: (id, decide) =>
    inTransaction(pool, (client) => changeSchedule({ client, append, wait: true }, id, decide)),
  toAsk: async (limit) => {
    const sql = `select r.schedule_id as "scheduleId", r.id as firing from testmesh.schedule_runs r
      where r.state = 'planned' and r.not_before <= now() and not (r.waits and exists (${EARLIER}))
      order by r.not_before, r.id limit $1`;
    return (await pool.query<FiringToAsk>(sql, [limit])).rows;
  },
  replaced: async (limit) => {
    const sql = `select r.workspace_id as workspace, s.name as "scheduleName", r.run_id as "runId",
        r.suite_run_id as "suiteRunId"
      from testmesh.schedule_runs r join testmesh.schedules s on s.id = r.schedule_id
      where r.state = 'asked' and r.replaced order by r.scheduled_at limit $1`;
    return (await pool.query<ReplacedFiring>(sql, [limit])).rows;
  },
});

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

export interface Holding {
  readonly client: pg.ClientBase;
  readonly append: ScheduleAppend;
  /** Whether to wait for whoever holds the schedule. */
  readonly wait: boolean;
}

/** Holds a schedule and writes what is decided of it; in the transaction of `client`. */
export const changeSchedule = async (
  { client, append, wait }: Holding,
  scheduleId: string,
  decide: DecideSchedule,
): Promise<boolean> => {
  const held = await hold(client, scheduleId, wait);
  if (held === undefined) return false;
  const { events, nextRunAt } = await decide(held);
  if (events.length > 0) {
    await writeFirings(client, held, events);
    await append(client, held, events);
  }
  if (nextRunAt !== undefined) {
    await client.query('update testmesh.schedules set next_run_at = $2 where id = $1', [scheduleId, nextRunAt]);
  }
  return true;
};

const HELD = `select id, workspace_id as workspace, name, flow_id as "flowId", suite_id as "suiteId", cron_expr as cron,
    timezone, environment, variables, test_environment as "testEnvironment", status, overlap, misfire, max_retries as "maxRetries",
    retry_delay_ms as "retryDelayMs", retry_on as "retryOn", version, next_run_at as "nextRunAt", clock_timestamp() as now
  from testmesh.schedules where id = $1 for update`;

const hold = async (client: Queryable, id: string, wait: boolean): Promise<HeldSchedule | undefined> => {
  const { rows } = await client.query<Omit<HeldSchedule, 'state'>>(`${HELD}${wait ? '' : ' skip locked'}`, [uuid(id)]);
  const [row] = rows;
  return row && { ...row, state: await stateOf(client, id) };
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
