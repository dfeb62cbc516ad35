import {
  type RecordedEvent,
  stringifyJson,
  testEnvironmentEventOf,
  testEnvironmentStream,
  type Value,
} from '@testmesh/domain';
import type { Clock, Journal } from '@testmesh/ports';
import { testEnvironmentText } from '@testmesh/views';
import * as z from 'zod';
import { found } from '../configuration/refusals.ts';
import { idParams, instant, json } from '../configuration/wire.ts';
import { type Caller, type Route, workspaceRoute } from '../http/route.ts';
import { lastEventId, STREAM_HEADERS } from '../live/stream-routes.ts';
import { isoTime } from '../runs/wire.ts';

// What happened to a test environment, and what happens: its audit trail, as a list and as it goes on.

export interface EnvironmentHistoryDeps {
  readonly journal: Pick<Journal, 'read'>;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
}

const LOOK_EVERY_MS = 500;
const HEARTBEAT_MS = 15_000;
const tags = ['Test environments'];

const eventBody = z
  .object({
    seq: z.int().describe('1, 2, 3 … within the environment'),
    type: z.string(),
    text: z.string().describe('what happened, in words'),
    at: instant,
    data: z.record(z.string(), json),
    chain: z.string().describe('sha256 over the event before and this one'),
  })
  .meta({ id: 'TestEnvironmentEvent' });

const eventOf = (event: RecordedEvent): z.input<typeof eventBody> => {
  const { type, ver: seq, at, data, chain } = event;
  const text = testEnvironmentText(testEnvironmentEventOf(event));
  return { seq, type, text, at: isoTime(at), data: data as Record<string, never>, chain };
};

const read = async ({ journal }: EnvironmentHistoryDeps, id: string, after: number): Promise<RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const event of journal.read(testEnvironmentStream(id.toLowerCase()), after)) events.push(event);
  return events;
};

/** An environment of another workspace is not there; one whose row was dropped is, in the journal. */
const demandHistory = async (
  { journal }: EnvironmentHistoryDeps,
  { workspace }: Pick<Caller, 'workspace'>,
  id: string,
): Promise<void> => {
  for await (const event of journal.read(testEnvironmentStream(id.toLowerCase()))) {
    if (event.workspace === workspace) return;
    break;
  }
  found(undefined, `test environment ${id}`);
};

const history = (deps: EnvironmentHistoryDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/test-environments/:id/events',
    operationId: 'listTestEnvironmentEvents',
    summary: 'Everything that happened to a test environment, and by whom',
    tags,
    permission: 'environments:view',
    params: idParams,
    query: z.strictObject({
      after: z.coerce.number().int().min(0).default(0).describe('only events after this `seq`'),
    }),
    responses: { 200: z.object({ events: z.array(eventBody) }) },
    handle: async ({ params: { id }, query: { after }, caller }) => {
      await demandHistory(deps, caller, id);
      return { status: 200, body: { events: (await read(deps, id, after)).map(eventOf) } };
    },
  });

const stream = (deps: EnvironmentHistoryDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/test-environments/:id/stream',
    operationId: 'streamTestEnvironment',
    summary: 'Follow a test environment as server-sent events',
    description:
      'Ends when the environment is destroyed. Who reconnects with `Last-Event-ID` misses nothing and gets nothing twice.',
    tags,
    permission: 'environments:view',
    headers: [{ name: 'Last-Event-ID', description: 'the last `id` that was received; stronger than `after`' }],
    params: idParams,
    query: z.strictObject({
      after: z.coerce.number().int().min(0).default(0).describe('the `seq` of the last event already known'),
    }),
    responses: { 200: { contentType: 'text/event-stream', description: 'the events' } },
    handle: async ({ params: { id }, query, headers, caller, signal }) => {
      await demandHistory(deps, caller, id);
      const after = lastEventId(headers['last-event-id']) ?? query.after;
      return { status: 200, headers: STREAM_HEADERS, stream: serverSent(deps, id, { after, signal }) };
    },
  });

async function* serverSent(
  deps: EnvironmentHistoryDeps,
  id: string,
  { after, signal }: { readonly after: number; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const { clock } = deps;
  let last = after;
  let spokeAt = clock.monotonic();
  yield 'retry: 1000\n\n';
  while (!signal.aborted) {
    const events = await read(deps, id, last);
    for (const event of events) {
      last = event.ver;
      const data = stringifyJson(eventOf(event) as unknown as Value);
      yield `id: ${event.ver}\nevent: ${event.type}\ndata: ${data}\n\n`;
      if (event.type === 'TestEnvironmentDestroyed') return;
    }
    if (events.length > 0) spokeAt = clock.monotonic();
    else if (clock.monotonic() - spokeAt >= HEARTBEAT_MS) {
      spokeAt = clock.monotonic();
      yield ': still here\n\n';
    }
    // The only rejection is the reader's going away.
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
  }
}

export const testEnvironmentHistoryRoutes = (deps: EnvironmentHistoryDeps): readonly Route[] => [
  history(deps),
  stream(deps),
];
