import * as z from 'zod';
import { publicRoute, type Route } from '../http/route.ts';
import type { Health } from '../ports.ts';

const healthBody = z.object({
  status: z.enum(['ok', 'error']),
  database: z.enum(['connected', 'unreachable']),
  service: z.literal('testmesh-api'),
  version: z.string(),
  error: z.string().optional(),
});

const ANSWER_MS = 2000;

/** Whether the API can do its work; for load balancers and people. */
export const healthRoutes = (health: Health, version: string): readonly Route[] =>
  (['/health', '/api/v1/health'] as const).map((path) =>
    publicRoute({
      method: 'GET',
      path,
      operationId: path === '/health' ? 'getHealth' : 'getApiHealth',
      summary: 'Whether the server can do its work',
      tags: ['System'],
      responses: { 200: healthBody, 503: healthBody },
      handle: async () => {
        const start = { service: 'testmesh-api', version } as const;
        try {
          await withinTime(health.database());
          return { status: 200, body: { status: 'ok', database: 'connected', ...start } };
        } catch {
          // What exactly is wrong with the database is for the log of whoever owns the connection, not for strangers.
          const error = 'the database does not answer';
          return { status: 503, body: { status: 'error', database: 'unreachable', ...start, error } };
        }
      },
    }),
  );

const withinTime = (work: Promise<void>): Promise<void> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
};
