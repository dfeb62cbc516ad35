// One mock server of a run. Invariants:
// M1. Every request is recorded, answered or not; when there are too many to keep, the record says so and no count is taken for exact.
// M2. What an endpoint cannot answer (nothing matches, a placeholder leads nowhere) is an answer that says why, never silence.
// M3. A request sees one state: its answer and the changes it makes are worked out without another request between them.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ActionContext } from '@testmesh/action-kit';
import { stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import { type Call, type CallLog, callLog } from './call-log.ts';
import type { Endpoint, Response } from './config.ts';
import { render, TemplateProblem, type View } from './render.ts';
import { bodyOf, type Received, received } from './request.ts';
import { inOrder, nextAnswer, type Route, routed, routesOf } from './routes.ts';
import { changed } from './state.ts';

const LARGEST_BODY = 10 * 1024 * 1024;
const KEPT = { calls: 10_000, bytes: 64 * 1024 * 1024 };

export interface MockServer {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly configure: (endpoints: readonly Endpoint[], replace: boolean) => void;
  readonly mergeState: (state: ValueMap) => void;
  /** Begins anew; without a state, with the one of the start. */
  readonly reset: (state: ValueMap | undefined, calls: boolean) => void;
  readonly log: CallLog;
  readonly close: () => Promise<void>;
}

interface Options {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly endpoints: readonly Endpoint[];
  readonly state: ValueMap;
}

type Means = Pick<ActionContext, 'random' | 'clock' | 'readFile'>;

interface Memory {
  state: ValueMap;
  routes: readonly Route[];
  generation: number;
  readonly log: CallLog;
}

/** Starts a server; rejects with the system's error when the port is taken. */
export const startMockServer = async (options: Options, means: Means): Promise<MockServer> => {
  const memory: Memory = { state: options.state, routes: [], generation: 0, log: callLog(KEPT) };
  const closing = new AbortController();
  const server = createServer((request, response) => {
    handle(request, response, memory, means, closing.signal).catch((error: unknown) => {
      // The client left, or the server is closing: nobody is there to be told.
      if (!response.writable || closing.signal.aborted) return;
      if (response.headersSent) response.destroy();
      else answerJson(response, 500, { error: `the mock server failed: ${(error as Error).message}` });
    });
  });
  await listening(server, options);
  const configure: MockServer['configure'] = (endpoints, replace) => {
    memory.generation += 1;
    const added = routesOf(endpoints, memory.generation);
    memory.routes = inOrder(replace ? added : [...added, ...memory.routes]);
  };
  configure(options.endpoints, true);
  return {
    id: options.id,
    name: options.name,
    host: ['0.0.0.0', '::'].includes(options.host) ? '127.0.0.1' : options.host,
    port: (server.address() as AddressInfo).port,
    configure,
    mergeState: (state) => {
      memory.state = { ...memory.state, ...state };
    },
    reset: (state, calls) => {
      memory.state = state ?? options.state;
      if (!calls) return;
      memory.log.clear();
      for (const route of memory.routes) route.calls = 0;
    },
    log: memory.log,
    close: () => {
      closing.abort(new Error('the mock server is closing'));
      return closed(server);
    },
  };
};

const listening = (server: Server, { host, port }: Options): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      // A run that is over does not wait for a mock.
      server.unref();
      resolve();
    });
  });

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

const handle = async (
  request: IncomingMessage,
  response: ServerResponse,
  memory: Memory,
  means: Means,
  signal: AbortSignal,
): Promise<void> => {
  const text = await bodyOf(request, LARGEST_BODY);
  const asked = received(request, text ?? '', new Date(means.clock.now()));
  const record = (status: Call['status'], endpoint?: string): void =>
    memory.log.add({ ...asked, status, ...(endpoint !== undefined && { endpoint }) });
  if (text === undefined) {
    record(413);
    return answerJson(response, 413, { error: `the mock server takes bodies of up to ${LARGEST_BODY} bytes` });
  }
  const found = routed(memory.routes, asked);
  if (!found.route) {
    record(404);
    return answerJson(response, 404, unmatched(asked, found.reasons, memory));
  }
  const endpoint = `${found.route.endpoint.method} ${found.route.endpoint.path}`;
  const answer = nextAnswer(found.route);
  const worked = workOut(answer, viewOf(asked, found.parameters, found.route.calls, memory, means), memory);
  if (!worked.ok) {
    record(500, endpoint);
    return answerJson(response, 500, { error: `the mock's endpoint ${endpoint} could not answer: ${worked.problem}` });
  }
  record(answer.hang ? 'hang' : answer.close_connection ? 'closed' : answer.status, endpoint);
  if (answer.delay !== undefined) await means.clock.sleep(answer.delay, signal);
  if (answer.close_connection) return void response.destroy();
  if (answer.hang) return;
  await write(response, answer, worked, means);
};

const unmatched = ({ method, path }: Received, reasons: readonly string[], { routes }: Memory): ValueMap => ({
  error: `the mock server has no endpoint for ${method} ${path}`,
  ...(reasons.length > 0 && { close: reasons }),
  endpoints: routes.map(({ endpoint }) => `${endpoint.method} ${endpoint.path}`),
});

const viewOf = (
  asked: Received,
  parameters: Readonly<Record<string, string>>,
  call: number,
  { state }: Memory,
  { random, clock }: Means,
): View => {
  const { method, path, query, headers, body } = asked;
  const shared = { query, headers, body };
  const values = { request: { method, path, params: parameters, ...shared }, path: parameters, ...shared };
  return { values: { ...values, state, call, timestamp: new Date(clock.now()).toISOString() }, random };
};

type Worked =
  | { readonly ok: true; readonly body: Value | undefined; readonly headers: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly problem: string };

// The answer shows the state as it was; then the changes are made, each seeing the ones before it.
const workOut = (answer: Response, view: View, memory: Memory): Worked => {
  try {
    const body = answer.body === undefined ? undefined : render(answer.body, view);
    const headers = Object.entries(answer.headers ?? {}).map(([name, text]) => [name, asText(render(text, view))]);
    let state = memory.state;
    for (const change of answer.state_changes ?? []) {
      const now = { ...view, values: { ...view.values, state } };
      state = changed(state, change.value === undefined ? change : { ...change, value: render(change.value, now) });
    }
    memory.state = state;
    return { ok: true, body, headers: Object.fromEntries(headers) };
  } catch (error) {
    if (error instanceof TemplateProblem) return { ok: false, problem: error.message };
    throw error;
  }
};

const asText = (value: Value): string => (typeof value === 'string' ? value : stringifyJson(value));

const write = async (
  response: ServerResponse,
  answer: Response,
  { body, headers }: Extract<Worked, { ok: true }>,
  { readFile }: Means,
): Promise<void> => {
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  const bytes = answer.body_from_file === undefined ? undefined : await readFile(answer.body_from_file);
  if (body !== undefined && bytes === undefined) response.setHeader('content-type', type);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(answer.status);
  response.end(bytes ?? (body === undefined ? '' : asText(body)));
};

const answerJson = (response: ServerResponse, status: number, body: ValueMap): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(stringifyJson(body));
};
