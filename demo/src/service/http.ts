import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type * as z from 'zod';
import type { Config } from './config.ts';
import { type FaultSwitch, faultsSchema } from './faults.ts';
import { measureRequests } from './metrics.ts';
import { withTrace } from './trace.ts';

/** An answer other than success: the status, and the sentence in `{error}`. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The value if it has the shape, else a 400 that names every field that has not. */
export const check = <Value>(schema: z.ZodType<Value>, value: unknown): Value => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new HttpError(400, problems.join('; '));
};

/** PostgreSQL's name for text it cannot store, a NUL character. */
const UNSTORABLE_TEXT = '22021';

const statusOf = (error: Error & { status?: number; statusCode?: number; code?: string }): number => {
  if (error.code === UNSTORABLE_TEXT) return 400;
  return error.status ?? error.statusCode ?? 500;
};

const answerErrors = (app: FastifyInstance) => {
  app.setNotFoundHandler(async (request, reply) => {
    await reply.status(404).send({ error: `no route ${request.method} ${request.url}` });
  });
  app.setErrorHandler<Error>(async (error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) request.log.error({ err: error }, 'request failed');
    await reply.status(status).send({ error: status === 500 ? 'internal error' : error.message });
  });
};

const isLoopback = (address: string) => /^(::ffff:)?127\.|^::1$/.test(address);

const breakOnDemand = (app: FastifyInstance, faults: FaultSwitch) =>
  app.addHook('onRequest', async (request, reply) => {
    const { unavailable } = faults.current;
    if (unavailable === undefined || request.url.startsWith('/admin/')) return;
    if (unavailable === '503') throw new HttpError(503, 'service unavailable');
    reply.hijack();
    request.raw.destroy();
  });

const switchFaults = (app: FastifyInstance, faults: FaultSwitch) => {
  const refuseStrangers = async (request: FastifyRequest) => {
    if (!isLoopback(request.ip)) throw new HttpError(403, 'faults can be switched from this machine only');
  };
  app.get('/admin/faults', { onRequest: refuseStrangers }, async () => faults.current);
  app.put('/admin/faults', { onRequest: refuseStrangers }, async (request) => {
    faults.current = check(faultsSchema, request.body);
    return faults.current;
  });
};

export interface Health {
  readonly healthy: boolean;
  readonly report: Readonly<Record<string, string>>;
}

export const reportHealth = (app: FastifyInstance, service: string, health: () => Promise<Health>): void => {
  app.get('/health', async (_request, reply) => {
    const { healthy, report } = await health();
    return reply.status(healthy ? 200 : 503).send({ status: healthy ? 'healthy' : 'unhealthy', service, ...report });
  });
};

/** A server with what every service has: errors as `{error}`, metrics, trace context and faults. */
export const createServer = (
  { name, logLevel, faults: { switchable } }: Config,
  faults: FaultSwitch,
): FastifyInstance => {
  const app = Fastify({ logger: { name, level: logLevel } });
  answerErrors(app);
  measureRequests(app);
  breakOnDemand(app, faults);
  if (switchable) switchFaults(app, faults);
  app.addHook('preHandler', (request, _reply, done) => withTrace(request.headers['traceparent']?.toString(), done));
  return app;
};

/** A caller that decides something on the answer asks for the row and not for the cache's memory of it. */
export const wantsFresh = ({ headers }: FastifyRequest): boolean =>
  headers['cache-control']?.includes('no-cache') ?? false;
