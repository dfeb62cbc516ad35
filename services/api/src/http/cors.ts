import type { FastifyInstance } from 'fastify';
import { type AllowedOrigins, isAllowedPage } from '../access/allowed-origins.ts';

/** What a page may read of an answer beside its body. */
const EXPOSED = [
  'etag',
  'location',
  'retry-after',
  'x-request-id',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const TAKEN = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'x-api-key',
  'x-csrf-token',
  'x-request-id',
];
const PREFLIGHT_S = 600;

/** Lets the pages that an operator allows ask and read; for every other there is no word of CORS in any answer. */
export const admitPagesOf = (server: FastifyInstance, allowed: AllowedOrigins): void => {
  if (allowed.size === 0) return;
  server.addHook('onRequest', async (request, reply) => {
    // A cache between us keeps what it was told for one page from another.
    reply.header('vary', 'origin');
    const { origin } = request.headers;
    if (origin === undefined || !isAllowedPage({ origin }, allowed)) return;
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': EXPOSED.join(', '),
    });
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return;
    await reply
      .code(204)
      .headers({
        'access-control-allow-methods': METHODS.join(', '),
        'access-control-allow-headers': TAKEN.join(', '),
        'access-control-max-age': String(PREFLIGHT_S),
      })
      .send();
  });
};
