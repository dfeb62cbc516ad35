import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Reached } from '@testmesh/testing/checkers';

// The service that the flows test. It never fails by accident, and writes down whatever reaches it before it answers.

export interface Witness extends AsyncDisposable {
  readonly url: string;
  readonly ledger: readonly Reached[];
}

/**
 * `/effects/RUN/STEP` is written down and answered; `?late=MS` answers later, `?fail=N` refuses the first N with 503.
 * The answer says how often this step of this run was seen.
 */
export const startWitness = async (): Promise<Witness> => {
  const ledger: Reached[] = [];
  const seen = new Map<string, number>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://witness');
    const [, place, runId = '', ...path] = pathname.split('/');
    request.resume().once('end', () => {
      if (place !== 'effects' || path.length === 0) {
        response.writeHead(404).end();
        return;
      }
      const count = (seen.get(pathname) ?? 0) + 1;
      seen.set(pathname, count);
      ledger.push({ runId, path: decodeURIComponent(path.join('/')) });
      const status = count <= Number(searchParams.get('fail') ?? 0) ? 503 : 200;
      const token = request.headers['x-token'] ?? null;
      const answer = (): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ count, token }));
      };
      setTimeout(answer, Number(searchParams.get('late') ?? 0));
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    ledger,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
