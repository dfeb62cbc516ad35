import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startService } from '../../workload.ts';
import { startExecutor } from '../processes.ts';
import { type PlatformRow, perSecond, type Result } from '../row.ts';
import { freshDatabase } from '../world.ts';
import { stepsPerSecond } from './steps.ts';

// Two executors that do the same differ by a tenth in CPU per step, and each of them as much from minute to minute: no
// difference between one with and one without an exporter tells less than that. So one executor is looked at, and what of
// its CPU is tracing is counted by V8's sampling profiler.

const RUNS = 40;
const STEPS = 50;
const ROUNDS = 6;

/** Takes everything an exporter sends and keeps nothing. */
const sink = async () => {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(200).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  /** Microseconds of the monotonic clock. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const TRACING = /libs\/telemetry\/src\/tracing|@opentelemetry\//;
/** What is neither tracing nor the rest: waiting, and the collector, which works for both. */
const NEITHER = new Set(['(idle)', '(garbage collector)', '(program)']);

/** Milliseconds in tracing, and in everything else, of the samples from a time on. */
const spentIn = ({ nodes, startTime, samples, timeDeltas }: Profile, fromUs: number) => {
  const frames = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const isTracing = (id: number): boolean => {
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      if (TRACING.test(frames.get(at)?.url ?? '')) return true;
    }
    return false;
  };
  const spent = { tracing: 0, rest: 0 };
  let nowUs = startTime;
  for (const [at, id] of samples.entries()) {
    const tookUs = timeDeltas[at] ?? 0;
    nowUs += tookUs;
    if (nowUs < fromUs || NEITHER.has(frames.get(id)?.functionName ?? '')) continue;
    spent[isTracing(id) ? 'tracing' : 'rest'] += tookUs / 1000;
  }
  return spent;
};

const monotonicUs = (): number => Number(process.hrtime.bigint() / 1000n);

const overhead = async (ratio: string): Promise<Result> => {
  const folder = await mkdtemp(join(tmpdir(), 'testmesh-bench-'));
  try {
    const rates: number[] = [];
    let fromUs = 0;
    {
      await using database = await freshDatabase();
      using service = await startService();
      using collector = await sink();
      const env = {
        TESTMESH_SLOTS: '16',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: ratio,
      };
      await using _executor = await startExecutor(database, env, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
      for (let round = 0; round <= ROUNDS; round++) {
        // The first round compiles what it runs.
        if (round === 1) fromUs = monotonicUs();
        rates.push(await stepsPerSecond(database, service.url, { runs: RUNS, steps: STEPS }));
      }
    }
    const [file = ''] = await readdir(folder);
    const { tracing, rest } = spentIn(JSON.parse(await readFile(join(folder, file), 'utf8')), fromUs);
    const perStep = (ms: number): string => `${(ms / (ROUNDS * RUNS * STEPS)).toFixed(4)} ms`;
    return {
      ours: perStep(tracing),
      baseline: perStep(rest),
      figure: (100 * tracing) / rest,
      note: `${perSecond(Math.max(...rates), 'steps')} under the profiler`,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
};

const row = (ratio: string, most: number): PlatformRow => ({
  name: `tracing-${ratio}`,
  what: `an executor's CPU per recorded step in tracing, with ${Number(ratio) * 100} % of runs exported over OTLP`,
  against: 'its CPU per step in everything else',
  unit: '%',
  target: { most },
  measure: async () => [await overhead(ratio)],
});

export const tracing: readonly PlatformRow[] = [row('1', 15), row('0.01', 3)];
