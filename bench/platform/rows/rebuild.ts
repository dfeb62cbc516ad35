import { median } from '../../measure.ts';
import { httpFlow, startService } from '../../workload.ts';
import { copyRun } from '../copies.ts';
import { startExecutor } from '../processes.ts';
import { projectAll } from '../projecting.ts';
import { type PlatformRow, perSecond, type Result } from '../row.ts';
import { queueRuns, untilIdle } from '../runs.ts';
import { type Database, freshDatabase } from '../world.ts';

const STEPS = 10;

interface Size {
  readonly copies: number;
  readonly pairs: number;
  /** Pairs that are not counted: of a few seconds a process spends the first compiling itself. */
  readonly warmUp: number;
}

/** A recorded run of ten HTTP steps, many times over. */
const filled = async (database: Database, copies: number): Promise<number> => {
  using service = await startService();
  await using _executor = await startExecutor(database);
  const [runId = ''] = await queueRuns(database, { text: httpFlow(service.url, STEPS), runs: 1 });
  await untilIdle(database);
  return copyRun(database, runId, copies);
};

/** What any rebuild has to do: read every event in the feed's order and parse it. Milliseconds. */
const readAndParse = async ({ pool }: Database): Promise<number> => {
  const started = performance.now();
  let [xid, gpos] = ['0', '0'];
  while (true) {
    const { rows } = await pool.query<{ xid: string; gpos: string; body: Buffer }>(
      `select xid, gpos, body from journal.events where (xid, gpos) > ($1::xid8, $2::bigint)
         and xid < pg_snapshot_xmin(pg_current_snapshot()) order by xid, gpos limit 2000`,
      [xid, gpos],
    );
    for (const { body } of rows) JSON.parse(body.toString());
    const last = rows.at(-1);
    if (last === undefined) return performance.now() - started;
    [xid, gpos] = [last.xid, last.gpos];
  }
};

const rebuilt = async ({ copies, pairs, warmUp }: Size): Promise<Result> => {
  await using database = await freshDatabase();
  const events = await filled(database, copies);
  const measured: { ours: number; raw: number }[] = [];
  for (let pair = -warmUp; pair < pairs; pair++) {
    const ours = await projectAll(database, `bench-${pair}`);
    const raw = await readAndParse(database);
    if (pair >= 0) measured.push({ ours, raw });
    await database.storage.views.discard(`bench-${pair}`);
  }
  const ours = median(measured.map((pair) => pair.ours));
  return {
    ours: perSecond((events * 1000) / ours, 'events'),
    baseline: perSecond((events * 1000) / median(measured.map(({ raw }) => raw)), 'events'),
    figure: median(measured.map((pair) => (100 * pair.raw) / pair.ours)),
    note: `${events.toLocaleString('en')} events`,
  };
};

const row = {
  what: `rebuild of the run views, runs of ${STEPS} HTTP steps`,
  against: 'reading the same events in the same order and JSON.parse',
  unit: '%',
  target: { least: 50 },
} as const;

export const rebuild: PlatformRow = {
  ...row,
  name: 'rebuild',
  measure: async () => [await rebuilt({ copies: 2000, pairs: 5, warmUp: 1 })],
};

/** Hundreds of thousands of runs: an hour on a small machine. */
export const rebuildLong: PlatformRow = {
  ...row,
  name: 'rebuild-5m',
  measure: async () => [
    await rebuilt({ copies: 20_000, pairs: 1, warmUp: 0 }),
    await rebuilt({ copies: 200_000, pairs: 1, warmUp: 0 }),
  ],
};
