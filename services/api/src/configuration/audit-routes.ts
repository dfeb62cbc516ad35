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

const trail = ({ journal }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/audit',
    operationId: 'listAuditEvents',
    summary: 'Every change of configuration and of test environments, oldest first',
    description: 'Each commits together with the change it tells of.',
    tags: ['Audit'],
    permission: 'audit:view',
    query: z.strictObject({
      after: z.coerce.number().int().min(0).default(0).describe('only events after this `seq`'),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
    }),
    responses: {
      200: z.object({ events: z.array(auditEvent), next_after: z.int().nullable().describe('null at the end') }),
    },
    handle: async ({ query: { after, limit }, caller: { workspace } }) => {
      const events: z.infer<typeof auditEvent>[] = [];
      let isMore = false;
      for await (const event of journal.read(configStream(workspace), after)) {
        isMore = events.length === limit;
        if (isMore) break;
        const { ver, type, actor, at, chain } = event;
        events.push({ seq: ver, type, actor, at: isoTime(at), data: toldBy(event), chain });
      }
      return { status: 200, body: { events, next_after: isMore ? (events.at(-1)?.seq ?? null) : null } };
    },
  });

export const auditRoutes = (deps: ConfigurationDeps): readonly Route[] => [trail(deps)];
