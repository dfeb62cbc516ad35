import { median } from '../../measure.ts';
import { httpFlow, startService } from '../../workload.ts';
import { runScript, startExecutor } from '../processes.ts';
import { type PlatformRow, perSecond } from '../row.ts';
import { queueRuns, untilIdle } from '../runs.ts';
import { type Database, freshDatabase } from '../world.ts';

const RUNS = 20;
const STEPS = 100;
const SLOTS = 16;
const PAIRS = 5;

/** By the journal's own clock, from the first claim to the last end of these runs. */
const SPAN = `select (max(at) filter (where type = 'RunCompleted') - min(at) filter (where type = 'RunClaimed')) / 1e6 as seconds,
    count(*) filter (where type = 'RunCompleted' and convert_from(body, 'UTF8') like '%"verdict":"passed"%')::int as passed,
    count(*) filter (where type = 'StepCompleted')::int as steps
  from journal.events where stream = any($1)`;

/** Steps per second of runs that the one executor of this database carries. */
export const stepsPerSecond = async (
  database: Database,
  url: string,
  { runs = RUNS, steps = STEPS, pool = 'default' } = {},
): Promise<number> => {
  const ids = await queueRuns(database, { text: httpFlow(url, steps), runs, pool });
  await untilIdle(database);
  const { rows } = await database.pool.query<{ seconds: string; passed: number; steps: number }>(SPAN, [
    ids.map((id) => `run-${id}`),
  ]);
  const [told] = rows;
  if (told?.passed !== runs) throw new Error(`${told?.passed} of ${runs} runs passed: ${await reasonOf(database)}`);
  return told.steps / Number(told.seconds);
};

/** What plain inserts are given: bodies as the runs before left them. */
const keepBodies = async ({ pool }: Database): Promise<void> => {
  await pool.query(`create table bench_facts (id text primary key, type text not null, body bytea not null)`);
  await pool.query(`create table bench_bodies as
    select row_number() over () as nth, type, body from journal.events where type in ('StepStarted', 'StepCompleted') limit 1000`);
};

export const recordedSteps: PlatformRow = {
  name: 'steps',
  what: `recorded HTTP steps of one executor: ${RUNS} runs × ${STEPS} steps, ${SLOTS} at once, fsync on`,
  against: `${SLOTS} undici connections in one process, plain inserts of the same bytes beside them`,
  unit: '%',
  target: { least: 45 },
  measure: async () => {
    await using database = await freshDatabase();
    using service = await startService();
    await using _executor = await startExecutor(database, { TESTMESH_SLOTS: String(SLOTS) });
    await stepsPerSecond(database, service.url);
    await keepBodies(database);
    const floor = (target: string): Promise<string> =>
      runScript('requests-and-inserts', [service.url, String(SLOTS), String(RUNS * STEPS), target]);
    const pairs: { ours: number; recording: number; bare: number }[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      const ours = await stepsPerSecond(database, service.url);
      pairs.push({ ours, recording: Number(await floor(database.url)), bare: Number(await floor('')) });
    }
    const ours = median(pairs.map((pair) => pair.ours));
    const bare = median(pairs.map((pair) => pair.bare));
    return [
      {
        ours: perSecond(ours, 'steps'),
        baseline: perSecond(median(pairs.map(({ recording }) => recording)), 'requests'),
        figure: median(pairs.map((pair) => (100 * pair.ours) / pair.recording)),
        note: `undici alone ${perSecond(bare, 'requests')}`,
      },
    ];
  },
};

const reasonOf = async ({ pool }: Database): Promise<string> => {
  const ended = `select convert_from(body, 'UTF8') as text from journal.events
    where type = 'RunCompleted' and convert_from(body, 'UTF8') not like '%"verdict":"passed"%' limit 1`;
  return (await pool.query<{ text: string }>(ended)).rows[0]?.text.slice(0, 500) ?? 'none ended otherwise';
};
