import { readFileSync } from 'node:fs';
import { median } from '../../measure.ts';
import { httpFlow, startService } from '../../workload.ts';
import { type Executor, startExecutor } from '../processes.ts';
import { type PlatformRow, perSecond } from '../row.ts';
import { queueRuns, untilIdle } from '../runs.ts';
import { type Database, freshDatabase } from '../world.ts';
import { stepsPerSecond } from './steps.ts';

const RUNS = 10_000;
const EXECUTORS = 3;
const WORKSPACES = ['a', 'b', 'c', 'd'].map((letter) => `00000000-0000-0000-0000-00000000000${letter}`);

const rssMb = ({ pid }: Executor): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** When each workspace's runs ended, as parts of the whole time: fair turns end all of them together. */
const ENDS = `with ended as (
    select h.workspace, e.at from journal.events e join journal.head h on h.stream = e.stream where e.type = 'RunCompleted'
  ), claims as (select min(at) as first from journal.events where type = 'RunClaimed')
  select workspace, percentile_cont(0.5) within group (order by at - first) / (select max(at) - min(first) from ended, claims) as middle,
    count(*)::int as runs, (select (max(at) - min(first)) / 1e6 from ended, claims) as seconds
  from ended, claims group by workspace order by workspace`;

const drained = async (database: Database) => {
  const { rows } = await database.pool.query<{ middle: number; runs: number; seconds: string }>(ENDS);
  const runs = rows.reduce((sum, row) => sum + row.runs, 0);
  if (runs !== RUNS) throw new Error(`${runs} of ${RUNS} runs ended`);
  return { seconds: Number(rows[0]?.seconds), middles: rows.map(({ middle }) => Number(middle)) };
};

interface Emptied {
  /** Resident megabytes of the largest executor after the first tenth of the runs, and at the end. */
  readonly early: number;
  readonly late: number;
  readonly seconds: number;
  readonly middles: readonly number[];
}

/** The queue, filled at once and emptied by a fleet that has just begun. */
const emptied = async (steps: number): Promise<Emptied> => {
  await using database = await freshDatabase();
  using service = await startService();
  await queueRuns(database, { text: httpFlow(service.url, steps), runs: RUNS, workspaces: WORKSPACES });
  await using stack = new AsyncDisposableStack();
  const executors: Executor[] = [];
  for (let nth = 0; nth < EXECUTORS; nth++) {
    executors.push(
      stack.use(await startExecutor(database, { TESTMESH_EXECUTOR: `bench-${nth}`, TESTMESH_SLOTS: '8' })),
    );
  }
  const left = `select count(*)::int as left from journal.run_queue`;
  while (((await database.pool.query<{ left: number }>(left)).rows[0]?.left ?? 0) > RUNS * 0.9) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const early = Math.max(...executors.map(rssMb));
  await untilIdle(database, 200);
  return { early, late: Math.max(...executors.map(rssMb)), ...(await drained(database)) };
};

const told = (steps: number): string =>
  `${RUNS.toLocaleString('en')} runs of ${steps} steps of ${WORKSPACES.length} workspaces queued at once, ${EXECUTORS} executors`;

const STEPS = 2;

export const fleet: PlatformRow = {
  name: 'fleet',
  what: `${told(STEPS)}: memory of the largest at the end`,
  against: 'its memory after the first tenth',
  unit: '%',
  target: { most: 125 },
  measure: async () => {
    const { early, late, seconds, middles } = await emptied(STEPS);
    const halves = middles.map((middle) => `${Math.round(middle * 100)}`).join(', ');
    return [
      {
        ours: `${Math.round(late)} MB`,
        baseline: `${Math.round(early)} MB`,
        figure: (100 * late) / early,
        note: `${perSecond(RUNS / seconds, 'runs')}, ${perSecond((RUNS * STEPS) / seconds, 'steps')}; half of each workspace's runs had ended after ${halves} % of the time`,
      },
    ];
  },
};

const LONGER = 20;

export const drain: PlatformRow = {
  name: 'drain',
  what: `${told(LONGER)}: steps of the whole queue`,
  against: 'one executor, 20 runs × 100 steps, 16 at once',
  unit: '%',
  target: { least: 100 },
  measure: async () => {
    const alone = await oneExecutor();
    const { seconds } = await emptied(LONGER);
    const rate = (RUNS * LONGER) / seconds;
    return [{ ours: perSecond(rate, 'steps'), baseline: perSecond(alone, 'steps'), figure: (100 * rate) / alone }];
  },
};

/** As the first row of the table has it. */
const oneExecutor = async (): Promise<number> => {
  await using database = await freshDatabase();
  using service = await startService();
  await using _executor = await startExecutor(database, { TESTMESH_SLOTS: '16' });
  const rates: number[] = [];
  for (let round = 0; round < 4; round++) rates.push(await stepsPerSecond(database, service.url));
  // The first one compiles what it runs.
  return median(rates.slice(1));
};
