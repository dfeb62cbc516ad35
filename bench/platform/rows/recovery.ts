import { type OnFault, Reaper, seededRandom, systemClock } from '@testmesh/runtime';
import { median } from '../../measure.ts';
import { startService } from '../../workload.ts';
import { startExecutor } from '../processes.ts';
import { type PlatformRow, percentile, type Result } from '../row.ts';
import { queueRuns, untilIdle, WORKSPACE } from '../runs.ts';
import { type Database, freshDatabase } from '../world.ts';

const LEASE_MS = 5000;
const KILLS = 5;
const RUNS = 8;

/** Slow enough that it is in the middle when its executor dies. */
const slowFlow = (url: string): string =>
  `flow:\n  name: slow\n  steps:\n${Array.from(
    { length: 60 },
    (_, at) =>
      `    - { id: s${at}, action: http_request, config: { method: GET, url: "${url}/${at}" }, assert: [status == 200] }\n`,
  ).join('')}`;

/** Seconds from the kill until each of the runs in hand went on elsewhere: its first step there had started. */
const AFTER = `select (min(e.at) - $2::bigint) / 1e6 as seconds
  from journal.events e where e.stream = any($1) and e.type = 'StepStarted' and e.at > $2
    and convert_from(e.body, 'UTF8') not like '%"actor":"' || $3 || '"%'
  group by e.stream`;

const oneKill = async (database: Database, url: string, nth: number): Promise<readonly number[]> => {
  const env = { TESTMESH_LEASE_MS: String(LEASE_MS), TESTMESH_SLOTS: String(RUNS) };
  const victim = await startExecutor(database, { ...env, TESTMESH_EXECUTOR: `victim-${nth}` });
  const ids = await queueRuns(database, { text: slowFlow(url), runs: RUNS });
  const streams = ids.map((id) => `run-${id}`);
  await untilAllBegun(database, streams);
  await using _rescuer = await startExecutor(database, { ...env, TESTMESH_EXECUTOR: `rescuer-${nth}` });
  const { rows } = await database.pool.query<{ now: string }>('select journal.now_us() as now');
  await victim.kill();
  await untilIdle(database);
  const after = await database.pool.query<{ seconds: string }>(AFTER, [streams, rows[0]?.now, victim.name]);
  if (after.rows.length !== RUNS) throw new Error(`${after.rows.length} of ${RUNS} runs went on elsewhere`);
  return after.rows.map(({ seconds }) => Number(seconds));
};

const untilAllBegun = async ({ pool }: Database, streams: readonly string[]): Promise<void> => {
  const begun = `select count(distinct stream)::int as begun from journal.events where stream = any($1) and type = 'StepCompleted'`;
  while ((await pool.query<{ begun: number }>(begun, [streams])).rows[0]?.begun !== streams.length) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** A scheduler's reaper, alone. */
const reaping = ({ storage }: Database): AsyncDisposable => {
  const onFault: OnFault = ({ error }) => {
    throw error;
  };
  const reaper = new Reaper({ queue: storage.queue, clock: systemClock, random: seededRandom('reaper'), onFault });
  reaper.start();
  return { [Symbol.asyncDispose]: () => reaper.stop() };
};

export const recovery: PlatformRow = {
  name: 'recovery',
  what: `from SIGKILL of an executor until each of its ${RUNS} runs goes on elsewhere, ${KILLS} kills, lease ${LEASE_MS / 1000} s`,
  against: 'the lease',
  unit: 's',
  target: { most: LEASE_MS / 1000 + 2 },
  measure: async (): Promise<readonly Result[]> => {
    await using database = await freshDatabase();
    using service = await startService(100);
    await using _reaper = reaping(database);
    await database.storage.workspaces.ensureDefault();
    const times: number[] = [];
    for (let nth = 0; nth < KILLS; nth++) times.push(...(await oneKill(database, service.url, nth)));
    const longest = percentile(times, 1);
    return [
      {
        ours: `median ${median(times).toFixed(2)} s, longest ${longest.toFixed(2)} s`,
        baseline: `${LEASE_MS / 1000} s`,
        figure: longest,
        note: `${times.length} runs of workspace ${WORKSPACE.slice(-1)}`,
      },
    ];
  },
};
