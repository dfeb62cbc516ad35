import { Problem } from '@testmesh/contracts';
import type { RecordedEvent } from '@testmesh/domain';
import { stringifyJson, type Value } from '@testmesh/domain';
import * as z from 'zod';
import { type Route, workspaceRoute } from '../http/route.ts';
import type { RunDeps } from '../runs/deps.ts';
import { demandRun } from '../runs/run-history.ts';
import { runParams } from '../runs/run-routes.ts';
import { eventOf } from '../runs/wire.ts';
import { followRun, hasAllOf } from './follow-run.ts';

const HEARTBEAT_MS = 15_000;

/** A run's events as server-sent events; `id` is the version, so that a reader resumes where it was. */
export const streamRoutes = (deps: RunDeps, lookEveryMs?: number): readonly Route[] => [
  workspaceRoute({
    method: 'GET',
    path: '/executions/:id/stream',
    operationId: 'streamExecution',
    summary: 'Follow a run as server-sent events',
    description:
      'Ends with the run. Who reconnects with `Last-Event-ID` misses nothing and gets nothing twice; who has all of it gets 204.',
    tags: ['Executions'],
    permission: 'runs:view',
    headers: [{ name: 'Last-Event-ID', description: 'the last `id` that was received; stronger than `since`' }],
    params: runParams,
    query: z.strictObject({
      since: z.coerce.number().int().min(0).default(0).describe('the `seq` of the last event already known'),
    }),
    responses: { 200: { contentType: 'text/event-stream', description: 'the events' }, 204: 'nothing' },
    handle: async ({ params, query, headers, caller, signal }) => {
      await demandRun(deps, caller.workspace, params.id);
      const since = lastEventId(headers['last-event-id']) ?? query.since;
      if (await hasAllOf(deps.journal, params.id, since)) return { status: 204 };
      const pages = followRun(deps, params.id, { since, signal, ...(lookEveryMs !== undefined && { lookEveryMs }) });
      return { status: 200, headers: STREAM_HEADERS, stream: serverSent(pages, deps) };
    },
  }),
];

export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

export const lastEventId = (text: string | undefined): number | undefined => {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Problem('invalid-request', `Last-Event-ID is ${text}, but an id of this stream is a number`);
};

async function* serverSent(
  pages: AsyncIterable<readonly RecordedEvent[]>,
  { clock }: Pick<RunDeps, 'clock'>,
): AsyncGenerator<string> {
  let spokeAt = clock.monotonic();
  yield 'retry: 1000\n\n';
  for await (const page of pages) {
    const isQuiet = page.length === 0;
    if (isQuiet && clock.monotonic() - spokeAt < HEARTBEAT_MS) continue;
    spokeAt = clock.monotonic();
    if (isQuiet) yield ': still here\n\n';
    else yield* pieces(page);
  }
}

const PIECE_CHARS = 64 * 1024;

/** Small events together, so that they share a packet; large ones alone, so that little waits for a slow reader. */
function* pieces(page: readonly RecordedEvent[]): Generator<string> {
  let piece = '';
  for (const event of page) {
    piece += eventText(event);
    if (piece.length < PIECE_CHARS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

const eventText = (event: RecordedEvent): string =>
  `id: ${event.ver}\nevent: ${event.type}\ndata: ${stringifyJson(eventOf(event) as unknown as Value)}\n\n`;
