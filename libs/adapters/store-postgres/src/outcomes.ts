import { scheduleDecider } from '@testmesh/domain';
import { type EndedRun, FEED_START, type OutcomeStore } from '@testmesh/ports';
import type pg from 'pg';
import { endedOverDataset, untoldOverDatasets } from './ended-over-datasets.ts';
import { changeSchedule, endOfFiring, type FiringSettings } from './firings.ts';
import { type Outcome, reportOutcome } from './health.ts';
import { type Queryable, uuid } from './rows.ts';
import { listAside, type SettingAside, takeAgain, takeMany } from './set-aside.ts';
import { dueSuiteRuns, type EndedSuite, endSuite } from './suite-ends.ts';
import { storable } from './view-columns.ts';

// What ended runs come to. Invariants:
// O1. A run's end is taken in once: everything that follows from a page of them commits together with the cursor.
// O2. A firing that is tried again, and a run that was cancelled, say nothing of how things stand; only what is settled does.
// O3. A part of a suite, or a firing, says nothing by itself: the suite's run, or the schedule, does.
// O4. An end that cannot be taken in holds up no other: it is set aside, and taken in when it can be. What was said of its subject
//     since then is not taken back.

export interface OutcomeSettings extends FiringSettings {
  /** Makes the ids of retries. */
  readonly newRunId: () => string;
  /** Whether an error says no more than that the database cannot work just now. */
  readonly isPassing: (error: unknown) => boolean;
}

/** Its place among the projectors' checkpoints. */
const READER = 'outcomes';
const SETTLED_AT_ONCE = 50;

export const postgresOutcomes = (pool: pg.Pool, settings: OutcomeSettings): OutcomeStore => {
  const setting: SettingAside = { pool, reader: READER, isPassing: settings.isPassing };
  return {
    cursor: async () => {
      const sql = 'select cursor from testmesh.projection_checkpoint where projector = $1';
      return (await pool.query<{ cursor: string }>(sql, [READER])).rows[0]?.cursor ?? FEED_START;
    },
    take: async (expected, next, ended) => {
      const { setAside } = await takeMany<EndedRun>(setting, {
        begin: async (client) => ((await moveCursor(client, expected, next)) ? ended : []),
        nameOf: ({ runId }) => `run-${runId}`,
        take: (client, run) => takeRun({ client, ...settings }, run),
      });
      return setAside;
    },
    settle: async () => {
      const { count, setAside } = await takeMany<string>(setting, {
        begin: settled,
        nameOf: (name) => name,
        take: (client, name) => takeSettled({ client, ...settings }, name),
      });
      return { isMore: count >= SETTLED_AT_ONCE, setAside };
    },
    setAside: () => listAside(setting),
    retake: (name, ended) =>
      takeAgain(setting, name, async (client) => {
        const taking = { client, ...settings, isLate: true };
        if (ended !== undefined) await takeRun(taking, ended);
        else await takeSettled(taking, name);
      }),
  };
};

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
  /** It was set aside before: others have ended since. */
  readonly isLate?: boolean;
}

const takeRun = async (taking: Taking, run: EndedRun): Promise<void> => {
  const { runId, workspace, trigger, verdict, reason = null, endedAt } = run;
  const environment = storable(run.environment ?? '');
  const outcome = { workspace, runId, verdict, reason, endedAt: endedAt / 1000, environment, ...lateOf(taking) };
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
  const { client, append, sealer, newRunId } = taking;
  const { firing, verdict, reason } = ended;
  await changeSchedule({ client, append, sealer, wait: true }, scheduleId, (held) => {
    const command = endOfFiring(held, firing, { verdict, reason, next: newRunId() });
    const decision = scheduleDecider.decide(command, held.state);
    return { events: decision.ok ? decision.events : [], ended };
  });
};

/** Suites and runs over datasets whose parts have all ended, each by its name. */
const settled = async (client: Queryable): Promise<readonly string[]> => {
  const suites = await dueSuiteRuns(client, READER, SETTLED_AT_ONCE);
  const overDatasets = await untoldOverDatasets(client, READER, SETTLED_AT_ONCE);
  return [...suites.map((id) => SUITE + id), ...overDatasets.map((id) => DATASET + id)];
};

const SUITE = 'suite-run-';
const DATASET = 'dataset-run-';

const takeSettled = async (taking: Taking, name: string): Promise<void> => {
  if (name.startsWith(SUITE)) {
    const suite = await endSuite(taking.client, name.slice(SUITE.length));
    if (suite !== undefined) await takeSuite(taking, suite);
  } else if (name.startsWith(DATASET)) {
    const ended = await endedOverDataset(taking.client, name.slice(DATASET.length));
    if (ended !== undefined) await endFiring(taking, ended.scheduleId, { ...ended, ...lateOf(taking) });
  }
};

const lateOf = ({ isLate = false }: Taking): Pick<Outcome, 'isLate'> => ({ isLate });

const takeSuite = async (taking: Taking, suite: EndedSuite): Promise<void> => {
  const { id, workspace, suiteId, environment, triggerKind, triggerId, verdict, reason, now } = suite;
  const outcome = {
    workspace,
    runId: id,
    verdict,
    reason,
    endedAt: now.getTime(),
    environment: environment ?? '',
    ...lateOf(taking),
  };
  if (triggerKind === 'schedule' && triggerId !== null) return endFiring(taking, triggerId, { ...outcome, firing: id });
  await reportOutcome(taking.client, { ...outcome, subject: { kind: 'suite', id: suiteId } });
};
