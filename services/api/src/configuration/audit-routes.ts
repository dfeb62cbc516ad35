import { Problem } from '@testmesh/contracts';
import { configEventData, configStream, NewerEvent, type RecordedEvent } from '@testmesh/domain';
import type { ChainPlace } from '@testmesh/ports';
import * as z from 'zod';
import { brokenEvent, chainOf } from '../http/chain-body.ts';
import { afterCursor, cursorOf } from '../http/cursor.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import { isoTime } from '../runs/wire.ts';
import type { ConfigurationDeps } from './deps.ts';
import { instant, json } from './wire.ts';

const auditEvent = z
  .object({
    seq: z.int().describe('1, 2, 3 … within the workspace'),
    type: z.string().describe('`EnvironmentUpdated`, `ApiKeyRevoked`, `TestEnvironmentRegistered` …'),
    actor: z.string(),
    at: instant,
    data: z.record(z.string(), json).describe('what it was about; never a secret'),
    chain: z.string().describe('sha256 over the event before and this one'),
  })
  .meta({ id: 'AuditEvent' });

/** As it would be written today; what a newer server wrote, while servers are replaced one by one, is told as it stands. */
const toldBy = (event: RecordedEvent): Record<string, never> => {
  try {
    return configEventData(event) as Record<string, never>;
  } catch (error) {
    if (error instanceof NewerEvent) return event.data as Record<string, never>;
    throw error;
  }
};

const query = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe('only events after this `seq`'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  type: z.string().max(100).optional().describe('`EnvironmentUpdated` …'),
  actor: z.string().max(200).optional().describe('who did it, as it stands in `actor`'),
  subject: z.string().max(200).optional().describe('what it was about: an id, a name or an address that `data` holds'),
  since: z.iso.datetime({ offset: true }).optional().describe('at or after'),
  until: z.iso.datetime({ offset: true }).optional().describe('before'),
});

/** A filter that fits little is answered in parts: no request reads a trail of years. */
const MOST_READ = 20_000;

const fits = ({ type, actor, subject, since, until }: z.output<typeof query>) => {
  const [from, to] = [since, until].map((time) => (time === undefined ? undefined : Date.parse(time) * 1000));
  return (event: RecordedEvent): boolean =>
    (type === undefined || event.type === type) &&
    (actor === undefined || event.actor === actor) &&
    (subject === undefined || Object.values(event.data).includes(subject)) &&
    (from === undefined || event.at >= from) &&
    (to === undefined || event.at < to);
};

const trail = ({ journal }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/audit',
    operationId: 'listAuditEvents',
    summary: 'Every change of configuration and of test environments, oldest first',
    description: 'Each commits together with the change it tells of.',
    tags: ['Audit'],
    permission: 'audit:view',
    query,
    responses: {
      200: z.object({
        events: z.array(auditEvent),
        next_after: z.int().nullable().describe('where to go on, also from a page without events; null at the end'),
      }),
    },
    handle: async ({ query: asked, caller: { workspace } }) => {
      const events: z.infer<typeof auditEvent>[] = [];
      const isAsked = fits(asked);
      let last = asked.after;
      for await (const event of journal.read(configStream(workspace), asked.after)) {
        const isFull = events.length === asked.limit || last - asked.after === MOST_READ;
        if (isFull) return { status: 200, body: { events, next_after: last } };
        const { ver, type, actor, at, chain } = event;
        if (isAsked(event)) events.push({ seq: ver, type, actor, at: isoTime(at), data: toldBy(event), chain });
        last = ver;
      }
      return { status: 200, body: { events, next_after: null } };
    },
  });

const place = z.object({ stream: z.string(), ver: z.int().min(0), chain: z.string().regex(/^(?:[0-9a-f]{2})*$/) });

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** What `next_cursor` named. */
const placeOf = (cursor: string | undefined): ChainPlace | undefined => {
  const after = afterCursor(cursor, 'chains');
  if (after === undefined) return undefined;
  const parsed = place.safeParse(jsonOf(after));
  if (parsed.success) return parsed.data;
  throw new Problem('invalid-request', 'the cursor is none of this list; begin without one');
};

const chains = ({ chains: journal }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/audit/chains',
    operationId: 'verifyChains',
    summary: 'Whether the streams of the workspace are as they were recorded',
    description:
      'Configuration, schedules and test environments, each event against the one before it. Runs: `GET /executions/ID/audit`.',
    tags: ['Audit'],
    permission: 'audit:view',
    query: z.strictObject({ cursor: z.string().max(500).optional() }),
    responses: {
      200: z.object({
        streams: z.array(
          z.object({
            stream: z.string().describe('`config-…`, `schedule-…`, `testenv-…`'),
            events: z.int().describe('events that are as they were recorded'),
            broken: brokenEvent.nullable(),
          }),
        ),
        next_cursor: z
          .string()
          .nullable()
          .describe('where to go on, also from a page without streams; null at the end'),
      }),
    },
    handle: async ({ query: { cursor }, caller: { workspace } }) => {
      const { verdicts, next } = await journal.verifyKept(workspace, placeOf(cursor));
      const streams = verdicts.map((verdict) => ({ stream: verdict.stream, ...chainOf(verdict) }));
      const goesOn = next === undefined ? null : cursorOf(JSON.stringify(next), 'chains');
      return { status: 200, body: { streams, next_cursor: goesOn } };
    },
  });

export const auditRoutes = (deps: ConfigurationDeps): readonly Route[] => [trail(deps), chains(deps)];
