import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { median } from '../../measure.ts';
import { startApi } from '../api.ts';
import { startExecutor } from '../processes.ts';
import { type PlatformRow, percentile } from '../row.ts';
import { freshDatabase } from '../world.ts';

const REQUESTS = 120;

/** A service under test that notes when it is first asked for a path. */
const arrivals = async () => {
  const waiting = new Map<string, (at: number) => void>();
  const server = createServer((request, response) => {
    const at = performance.now();
    response.setHeader('content-type', 'application/json').end('{}');
    waiting.get(request.url ?? '')?.(at);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    at: (path: string) => new Promise<number>((resolve) => waiting.set(path, resolve)),
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

export const requestToFirstStep: PlatformRow = {
  name: 'latency',
  what: 'from POST /executions to the first request of the run at its target; idle API and executor, Redis for wake-ups',
  against: '—',
  unit: 'ms',
  target: { most: 25 },
  measure: async () => {
    const redis = process.env['TESTMESH_TEST_REDIS_URL'];
    if (redis === undefined) throw new Error('no Redis here: TESTMESH_TEST_REDIS_URL is not set');
    await using database = await freshDatabase();
    await using api = await startApi(database, { REDIS_URL: redis });
    await using _executor = await startExecutor(database, { REDIS_URL: redis });
    using target = await arrivals();
    const times: number[] = [];
    for (let nth = 0; nth < REQUESTS + 20; nth++) {
      const arrived = target.at(`/${nth}`);
      const started = performance.now();
      const definition = `flow:\n  name: bench\n  steps:\n    - { id: a, action: http_request, config: { method: GET, url: "${target.url}/${nth}" }, assert: [status == 200] }\n`;
      await api.post('/executions', { definition });
      times.push((await arrived) - started);
      await new Promise((resolve) => setTimeout(resolve, 30 + (nth % 7) * 10));
    }
    // The first ones load drivers and warm up the compiler.
    const counted = times.slice(20);
    const p50 = median(counted);
    const p99 = percentile(counted, 0.99);
    return [
      {
        ours: `p50 ${p50.toFixed(1)} ms`,
        baseline: '—',
        figure: p50,
        note: `p99 ${p99.toFixed(1)} ms against ≤ 150 ms: ${p99 <= 150 ? 'met' : 'missed'}`,
      },
    ];
  },
};
