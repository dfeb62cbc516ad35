import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// What container platforms ask a service, on a port of its own: whether it lives, and whether it can do its work.
// H1. It lives from the first moment; it is ready when everything was started and every need is met, until it is told to stop.
// H2. An answer never waits for long: a need that does not answer in time is not met.

export interface Page {
  readonly contentType: string;
  readonly text: string;
}

export interface Health {
  /** From now on readiness asks this too; a rejection says that the need is not met. */
  readonly needs: (name: string, check: () => Promise<unknown>) => void;
  /** Serves one more page, as `/metrics`. */
  readonly page: (path: string, page: () => Promise<Page>) => void;
}

export interface HealthServer extends Health {
  readonly port: number;
  readonly setReady: (isReady: boolean) => void;
  readonly close: () => Promise<void>;
}

const ANSWER_MS = 2000;

/** Serves `/health/live` and `/health/ready` on a port; 0 takes a free one. */
export const serveHealth = async (service: string, port: number, host = '127.0.0.1'): Promise<HealthServer> => {
  const needs = new Map<string, () => Promise<unknown>>();
  const pages = new Map<string, () => Promise<Page>>();
  let isReady = false;
  pages.set('/health/live', async () => json({ service, status: 'ok' }));
  const readiness = async (response: ServerResponse): Promise<void> => {
    const unmet = isReady ? await unmetOf(needs) : ['it is starting or stopping'];
    const isMet = unmet.length === 0;
    send(response, isMet ? 200 : 503, json({ service, status: isMet ? 'ok' : 'error', ...(!isMet && { unmet }) }));
  };
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    if (path === '/health/ready') return readiness(response);
    const page = pages.get(path);
    if (page === undefined) send(response, 404, json({ service, error: `there is ${[...pages.keys()].join(', ')}` }));
    else send(response, 200, await page());
  };
  const server: Server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    answer(path, response).catch((error: Error) => send(response, 500, json({ service, error: error.message })));
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    needs: (name, check) => void needs.set(name, check),
    page: (path, page) => void pages.set(path, page),
    setReady: (ready) => {
      isReady = ready;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

const json = (body: unknown): Page => ({ contentType: 'application/json', text: JSON.stringify(body) });

const send = (response: ServerResponse, status: number, { contentType, text }: Page): void => {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(text);
};

/** The names of needs that are not met; their reasons are for the log of whoever owns the connection. */
const unmetOf = async (needs: ReadonlyMap<string, () => Promise<unknown>>): Promise<readonly string[]> => {
  const answers = await Promise.all([...needs].map(async ([name, check]) => ((await isMet(check)) ? undefined : name)));
  return answers.filter((name) => name !== undefined);
};

const isMet = async (check: () => Promise<unknown>): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ANSWER_MS);
  check().then(
    () => resolve(true),
    () => resolve(false),
  );
  return promise.finally(() => clearTimeout(timer));
};
