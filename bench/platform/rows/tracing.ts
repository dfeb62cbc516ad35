import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { median } from '../../measure.ts';
import { startService } from '../../workload.ts';
import { startExecutor } from '../processes.ts';
import type { PlatformRow, Result } from '../row.ts';
import { freshDatabase } from '../world.ts';
import { stepsPerSecond } from './steps.ts';

const RUNS = 20;
const STEPS = 50;
const PAIRS = 5;
const TICKS_PER_SECOND = 100;

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

const cpuSeconds = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};

/** An executor of a database of its own, to be measured in turn with another. */
const executorWith = async (env: Readonly<Record<string, string>>, url: string) => {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await freshDatabase());
  const executor = stack.use(await startExecutor(database, { TESTMESH_SLOTS: '16', ...env }));
  return {
    /** CPU milliseconds per step, and steps per second. */
    measure: async () => {
      const before = cpuSeconds(executor.pid);
      const rate = await stepsPerSecond(database, url, { runs: RUNS, steps: STEPS });
      return { cpuMs: ((cpuSeconds(executor.pid) - before) * 1000) / (RUNS * STEPS), rate };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};

const overhead = async (ratio: string): Promise<Result> => {
  using service = await startService();
  using collector = await sink();
  await using plain = await executorWith({}, service.url);
  await using traced = await executorWith(
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: ratio,
    },
    service.url,
  );
  const pairs = [];
  for (let pair = 0; pair <= PAIRS; pair++)
    pairs.push({ plain: await plain.measure(), traced: await traced.measure() });
  // The first pair warms up.
  const counted = pairs.slice(1);
  const cpu = (which: 'plain' | 'traced'): string =>
    `${median(counted.map((pair) => pair[which].cpuMs)).toFixed(3)} ms`;
  const rate = median(counted.map((pair) => pair.traced.rate / pair.plain.rate));
  return {
    ours: cpu('traced'),
    baseline: cpu('plain'),
    figure: median(counted.map((pair) => 100 * (pair.traced.cpuMs / pair.plain.cpuMs - 1))),
    note: `throughput ${(100 * rate).toFixed(0)} %`,
  };
};

const row = (ratio: string, most: number): PlatformRow => ({
  name: `tracing-${ratio}`,
  what: `an executor's CPU per recorded step with ${Number(ratio) * 100} % of runs exported over OTLP`,
  against: 'the same without an exporter',
  unit: '%',
  target: { most },
  measure: async () => [await overhead(ratio)],
});

export const tracing: readonly PlatformRow[] = [row('1', 15), row('0.01', 3)];
