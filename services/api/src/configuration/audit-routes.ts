import { configEventData, configStream, NewerEvent, type RecordedEvent } from '@testmesh/domain';
import * as z from 'zod';
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

export const auditRoutes = (deps: ConfigurationDeps): readonly Route[] => [trail(deps)];
