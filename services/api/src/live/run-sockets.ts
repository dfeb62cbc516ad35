import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { PROBLEMS, Problem } from '@testmesh/contracts';
import { type RecordedEvent, stringifyJson, type Value } from '@testmesh/domain';
import { emptyRunRow, nextRunRow, type RunRowState } from '@testmesh/views';
import { type WebSocket, WebSocketServer } from 'ws';
import type { AllowedOrigins } from '../access/allowed-origins.ts';
import { type Authentication, demand } from '../access/authentication.ts';
import { refuseForeignPages } from '../access/loopback.ts';
import { inTime } from '../http/in-time.ts';
import { headersOf } from '../http/register-routes.ts';
import type { RunDeps } from '../runs/deps.ts';
import { demandRun } from '../runs/run-history.ts';
import { followRun } from './follow-run.ts';
import type { OpenStreams } from './open-streams.ts';
import { socketMessage } from './socket-message.ts';

// `/ws/executions/:id?since=SEQ`: the run as messages, from the beginning or from where a reader was. Invariants:
// S1. Nobody gets a socket before the same checks as on every other route.
// S2. The next message is made when the last one was taken: a reader that takes nothing is dropped and costs nothing.

export interface SocketOptions {
  readonly deps: RunDeps;
  readonly authentication: Authentication;
  readonly mode: 'keys' | 'loopback';
  readonly origins: AllowedOrigins;
  readonly closing: AbortSignal;
  readonly streams: OpenStreams;
  readonly answerMs: number;
  readonly isPassing?: ((error: unknown) => boolean) | undefined;
  readonly onFailure: (error: Error, requestId: string) => void;
}

const PATH = /^\/ws\/executions\/([0-9a-f-]{36})$/;
const PING_MS = 54_000;
const UNTAKEN_MS = 30_000;
/** A browser cannot send headers with a WebSocket: it offers `testmesh` and `key.tm_live_…` as protocols instead. */
const KEY_PROTOCOL = /(?:^|,)\s*key\.(tm_live_[0-9a-f]{48})\s*(?:,|$)/;

/** Serves run sockets on an HTTP server. */
export const serveRunSockets = (server: Server, options: SocketOptions): void => {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 1024,
    handleProtocols: (offered) => (offered.has('testmesh') ? 'testmesh' : false),
  });
  server.on('upgrade', (request, socket, head) => {
    inTime(options.answerMs, () => admit(request, options))
      .then((follow) => {
        if (socket.destroyed) return;
        socket.once('close', options.streams.enter(follow.caller));
        sockets.handleUpgrade(request, socket, head, (ws) => void serve(ws, follow, options));
      })
      .catch((error: Error) => refuse(socket, error, options));
  });
};

interface Following {
  readonly runId: string;
  readonly since: number;
  readonly caller: string;
}

const admit = async (
  request: IncomingMessage,
  { deps, authentication, mode, origins }: SocketOptions,
): Promise<Following> => {
  const headers = headersOf(request);
  if (mode === 'loopback') refuseForeignPages(headers, origins);
  const url = new URL(request.url ?? '/', 'http://localhost');
  const runId = PATH.exec(url.pathname)?.[1];
  if (runId === undefined) throw new Problem('no-endpoint', `there is no WebSocket at ${url.pathname}`);
  const offered = KEY_PROTOCOL.exec(headers['sec-websocket-protocol'] ?? '')?.[1];
  const known = offered === undefined ? headers : { ...headers, 'x-api-key': offered };
  const caller = await authentication.callerOf(known, undefined);
  demand(caller, 'runs:view');
  await demandRun(deps, caller.workspace, runId);
  const since = Number(url.searchParams.get('since') ?? 0);
  if (!Number.isSafeInteger(since) || since < 0) throw new Problem('invalid-request', '?since has to be a seq');
  return { runId, since, caller: caller.actor };
};

const refuse = (socket: Duplex, error: Error, { onFailure, isPassing }: SocketOptions): void => {
  const code = error instanceof Problem ? error.code : isPassing?.(error) === true ? 'unavailable' : 'internal';
  if (!(error instanceof Problem)) onFailure(error, 'websocket');
  const { status, title } = PROBLEMS[code];
  // A stranger who does not close their end keeps nothing of ours.
  const answer = `HTTP/1.1 ${status} ${title}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;
  socket.end(answer, () => socket.destroy());
};

const serve = async (
  ws: WebSocket,
  { runId, since }: Following,
  { deps, closing, onFailure }: SocketOptions,
): Promise<void> => {
  const gone = new AbortController();
  ws.on('close', () => gone.abort());
  ws.on('error', () => ws.terminate());
  const stopPinging = keepAlive(ws);
  try {
    // The counts in the last message are of the whole run, so it is folded from its beginning.
    const pages = followRun(deps, runId, { since: 0, signal: AbortSignal.any([gone.signal, closing]) });
    let state = emptyRunRow;
    for await (const page of pages) state = await sendPage(ws, page, state, since);
    if (closing.aborted) ws.close(1001, 'the server is stopping');
    else ws.close(1000, 'the run has ended');
  } catch (error) {
    ws.terminate();
    if (!gone.signal.aborted && !(error instanceof Untaken)) onFailure(error as Error, 'websocket');
  } finally {
    stopPinging();
  }
};

const sendPage = async (
  ws: WebSocket,
  page: readonly RecordedEvent[],
  before: RunRowState,
  since: number,
): Promise<RunRowState> => {
  let state = before;
  for (const event of page) {
    state = nextRunRow(state, event);
    const message = state.row && event.ver > since ? socketMessage(event, state.row) : undefined;
    if (message !== undefined) await send(ws, stringifyJson(message as unknown as Value));
  }
  return state;
};

class Untaken extends Error {}

const send = (ws: WebSocket, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Untaken('the reader takes nothing')), UNTAKEN_MS);
    ws.send(text, (error) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    });
  });

/** Pings, and drops a reader that has not answered the last ping. */
const keepAlive = (ws: WebSocket): (() => void) => {
  let answered = true;
  ws.on('pong', () => {
    answered = true;
  });
  const timer = setInterval(() => {
    if (!answered) return ws.terminate();
    answered = false;
    ws.ping();
  }, PING_MS);
  return () => clearInterval(timer);
};
