import { median } from '../../measure.ts';
import { httpFlow, startService } from '../../workload.ts';
import { type Api, startApi } from '../api.ts';
import { copyRun } from '../copies.ts';
import { startExecutor } from '../processes.ts';
import { projectAll } from '../projecting.ts';
import { type PlatformRow, percentile, type Result } from '../row.ts';
import { queueRuns, untilIdle, WORKSPACE } from '../runs.ts';
import { freshDatabase } from '../world.ts';

const RUNS = 60;
const LIST_RUNS = 1_000_000;
const ms = (value: number): string => `${value.toFixed(1)} ms`;

const resultOf = (what: string, times: readonly number[], bytes: number): Result => ({
  ours: `p50 ${ms(median(times))}, p95 ${ms(percentile(times, 0.95))}`,
  baseline: '—',
  figure: percentile(times, 0.95),
  note: `${what}, ${Math.round(bytes / 1024)} KiB`,
});

const asked = async (api: Api, what: string, paths: readonly string[]): Promise<Result> => {
  const answers = (await api.read(paths)).slice(Math.ceil(paths.length / 6));
  return resultOf(
    what,
    answers.map((answer) => answer.ms),
    answers.at(-1)?.bytes ?? 0,
  );
};

export const runPage: PlatformRow = {
  name: 'page',
  what: 'GET data of the page of a 1,000-step run: another run each time, asked over loopback, read to the end',
  against: '—',
  unit: 'ms',
  target: { most: 30 },
  measure: async () => {
    await using database = await freshDatabase();
    {
      using service = await startService();
      await using _executor = await startExecutor(database);
      const [runId = ''] = await queueRuns(database, { text: httpFlow(service.url, 1000), runs: 1 });
      await untilIdle(database);
      await copyRun(database, runId, RUNS);
    }
    await projectAll(database, 'runs');
    await using api = await startApi(database);
    const { rows } = await database.pool.query<{ id: string }>(
      `select run_id as id from testmesh.run_view where projector = 'runs'`,
    );
    const paths = (tail: string): readonly string[] => rows.map(({ id }) => `/executions/${id}${tail}`);
    return [
      await asked(api, 'the run', paths('')),
      await asked(api, 'its steps at a glance', paths('/outline')),
      await asked(api, 'its steps with all they sent and got', paths('/steps')),
      await asked(api, 'its report', paths('/report')),
    ];
  },
};

const FILL = `insert into testmesh.run_view (projector, stream, ver, workspace, run_id, flow_name, file, tags, status, verdict,
    requested_at, started_at, finished_at, duration_ms, steps_total, steps_passed, search)
  select 'runs', 'run-' || id, 24, $1, id, 'flow ' || n % 500, 'flows/' || n % 500 || '.yaml', '{smoke}', 'finished',
      case when n % 10 = 0 then 'failed' else 'passed' end, n * 1000000, n * 1000000, n * 1000000 + 1000, 1.5, 10, 10,
      to_tsvector('simple', 'flow ' || n % 500)
    from (select n, overlay(overlay(lpad(to_hex(1700000000000 + n), 12, '0') || '7000800000000000' || lpad(to_hex(n % 16), 4, '0')
      placing '-' from 9 for 0) placing '-' from 14 for 0) as raw from generate_series($2::bigint, $3::bigint) n) s
    cross join lateral (select substr(raw, 1, 18) || '-' || substr(raw, 19, 4) || '-' || substr(raw, 23, 12) as id) i`;

export const runList: PlatformRow = {
  name: 'list-1m',
  what: `list of runs over ${LIST_RUNS.toLocaleString('en')} runs: first page, a page by cursor, by verdict, by words`,
  against: '—',
  unit: 'ms',
  target: { most: 50 },
  measure: async () => {
    await using database = await freshDatabase();
    for (let from = 0; from < LIST_RUNS; from += 50_000) {
      await database.pool.query(FILL, [WORKSPACE, from, from + 49_999]);
    }
    await database.pool.query('vacuum analyze testmesh.run_view');
    await using api = await startApi(database);
    const repeated = (path: string): readonly string[] => Array.from({ length: 60 }, () => path);
    return [
      await asked(api, 'first page of 50', repeated('/executions?limit=50')),
      await asked(api, 'page 200', repeated('/executions?limit=50&offset=10000')),
      await asked(api, 'failed runs', repeated('/executions?limit=50&verdict=failed')),
      await asked(api, 'words', repeated('/executions?limit=50&q=flow%20123')),
    ];
  },
};
