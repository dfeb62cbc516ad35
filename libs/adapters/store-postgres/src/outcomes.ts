import { scheduleDecider } from '@testmesh/domain';
import { type EndedRun, FEED_START, type OutcomeStore } from '@testmesh/ports';
import type pg from 'pg';
import { changeSchedule, endOfFiring, type ScheduleAppend } from './firings.ts';
import { type Outcome, reportOutcome } from './health.ts';
import { inTransaction, type Queryable, uuid } from './rows.ts';

// What ended runs come to. Invariants:
// O1. A run's end is taken in once: everything that follows from a page of them commits together with the cursor.
// O2. A firing that is tried again, and a run that was cancelled, say nothing of how things stand; only what is settled does.
// O3. A part of a suite, or a firing, says nothing by itself: the suite's run, or the schedule, does.

export interface OutcomeSettings {
  readonly append: ScheduleAppend;
  /** Makes the ids of retries. */
  readonly newRunId: () => string;
}

/** Its place among the projectors' checkpoints. */
const READER = 'outcomes';
const SETTLED_AT_ONCE = 50;

export const postgresOutcomes = (pool: pg.Pool, settings: OutcomeSettings): OutcomeStore => ({
  cursor: async () => {
    const sql = 'select cursor from testmesh.projection_checkpoint where projector = $1';
    return (await pool.query<{ cursor: string }>(sql, [READER])).rows[0]?.cursor ?? FEED_START;
  },
  take: (expected, next, ended) =>
    inTransaction(pool, async (client) => {
      if (!(await moveCursor(client, expected, next))) return false;
      for (const run of ended) await takeRun({ client, ...settings }, run);
      return true;
    }),
  settle: () =>
    inTransaction(pool, async (client) => {
      const suites = await endSuites(client);
      for (const suite of suites) await takeSuite({ client, ...settings }, suite);
      return suites.length === SETTLED_AT_ONCE;
    }),
});

/** Whoever comes second waits for the first, and finds the cursor moved. */
const moveCursor = async (client: Queryable, expected: string, next: string): Promise<boolean> => {
  await client.query(
    'insert into testmesh.projection_checkpoint (projector, cursor) values ($1, $2) on conflict do nothing',
    [READER, FEED_START],
  );
  const sql = `update testmesh.projection_checkpoint set cursor = $3, updated_at = now()
    where projector = $1 and cursor = $2`;
  return (await client.query(sql, [READER, expected, next])).rowCount === 1;
};

interface Taking extends OutcomeSettings {
  readonly client: pg.ClientBase;
}

const takeRun = async (taking: Taking, run: EndedRun): Promise<void> => {
  const { runId, workspace, trigger, verdict, reason = null, environment = '', endedAt } = run;
  const outcome = { workspace, runId, verdict, reason, endedAt: endedAt / 1000, environment };
  if (trigger?.kind === 'schedule') return endFiring(taking, trigger.id ?? '', { ...outcome, firing: runId });
  if (trigger?.kind === 'suite') {
    await taking.client.query(
      `update testmesh.suite_run_members set verdict = $3, run_id = coalesce(run_id, $4)
       where suite_run_id::text = $1 and flow_id::text = $2 and verdict is null`,
      [trigger.id ?? '', run.flow.id ?? '', verdict, runId],
    );
    return;
  }
  if (trigger?.kind === 'dataset') {
    await taking.client.query(
      'update testmesh.dataset_run_rows set verdict = $2 where run_id = $1 and verdict is null',
      [runId, verdict],
    );
    return;
  }
  // Only flows that are kept here have a name that stays.
  if (run.flow.id === undefined || uuid(run.flow.id) === null) return;
  await reportOutcome(taking.client, { ...outcome, subject: { kind: 'flow', id: run.flow.id } });
};

interface EndedFiring extends Omit<Outcome, 'subject'> {
  readonly firing: string;
}

const endFiring = async (taking: Taking, scheduleId: string, ended: EndedFiring): Promise<void> => {
  const { client, append, newRunId } = taking;
  const { firing, verdict, reason } = ended;
  let isSettled = false;
  await changeSchedule({ client, append, wait: true }, scheduleId, (held) => {
    const command = endOfFiring(held, firing, { verdict, reason, next: newRunId() });
    const isByHand = held.state.open.get(firing)?.manual ?? false;
    const decision = scheduleDecider.decide(command, held.state);
    const events = decision.ok ? decision.events : [];
    isSettled = !isByHand && events.some((event) => event.type === 'ScheduleRunEnded' && event.settled);
    return { events };
  });
  if (isSettled)
    await reportOutcome(client, { ...ended, environment: '', subject: { kind: 'schedule', id: scheduleId } });
};

interface EndedSuite {
  readonly id: string;
  readonly workspace: string;
  readonly suiteId: string;
  readonly environment: string | null;
  readonly triggerKind: string;
  readonly triggerId: string | null;
  readonly verdict: 'passed' | 'failed' | 'cancelled';
  readonly reason: string | null;
  readonly now: Date;
}

// A part that could not be asked for has failed; a suite is as bad as its worst part, and without parts it tested nothing.
const END_SUITES = `update testmesh.suite_runs r set ended_at = now(), verdict = sums.verdict
  from (
    select w.id, count(m.flow_id) as parts, case
        when count(m.flow_id) = 0 then 'failed'
        when count(*) filter (where m.verdict in ('failed', 'error', 'timed_out') or (m.verdict is null and m.error is not null)) > 0 then 'failed'
        when count(*) filter (where m.verdict = 'cancelled') > 0 then 'cancelled' else 'passed' end as verdict,
      string_agg(f.name, ', ' order by m.place) filter (where coalesce(m.verdict, 'error') <> 'passed') as bad
    from (
      select id from testmesh.suite_runs s where ended_at is null and not exists (
        select from testmesh.suite_run_members m where m.suite_run_id = s.id and m.verdict is null and m.error is null)
      order by created_at limit $1 for update skip locked
    ) w left join testmesh.suite_run_members m on m.suite_run_id = w.id left join testmesh.flows f on f.id = m.flow_id
    group by w.id
  ) sums where r.id = sums.id
  returning r.id, r.workspace_id as workspace, r.suite_id as "suiteId", r.environment, r.trigger_kind as "triggerKind",
    r.trigger_id as "triggerId", r.verdict,
    case when sums.parts = 0 then 'the suite has no flows' else 'of its flows: ' || sums.bad end as reason, now() as now`;

const endSuites = async (client: Queryable): Promise<readonly EndedSuite[]> =>
  (await client.query<EndedSuite>(END_SUITES, [SETTLED_AT_ONCE])).rows;

const takeSuite = async (taking: Taking, suite: EndedSuite): Promise<void> => {
  const { id, workspace, suiteId, environment, triggerKind, triggerId, verdict, reason, now } = suite;
  const outcome = { workspace, runId: id, verdict, reason, endedAt: now.getTime(), environment: environment ?? '' };
  if (triggerKind === 'schedule' && triggerId !== null) return endFiring(taking, triggerId, { ...outcome, firing: id });
  await reportOutcome(taking.client, { ...outcome, subject: { kind: 'suite', id: suiteId } });
};
