import { randomUUID } from 'node:crypto';
import compress from '@fastify/compress';
import helmet from '@fastify/helmet';
import rateLimit, { type FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import { PROBLEMS, Problem, problemBodyOf, problemContentType } from '@testmesh/contracts';
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { AllowedOrigins } from '../access/allowed-origins.ts';
import { refuseForeignPages } from '../access/loopback.ts';
import { admitPagesOf } from './cors.ts';
import { unavailable } from './in-time.ts';
import { isTooDeep } from './json-depth.ts';
import { countStore, type SharedCounts } from './rate-limits.ts';
import { keepRawBody } from './raw-body.ts';
import { headersOf } from './register-routes.ts';

// Fastify with everything that holds for every route: limits, headers, the shape of errors.

export interface ServerOptions {
  readonly mode: 'keys' | 'loopback';
  readonly origins: AllowedOrigins;
  /** Requests a minute and address; one of a team's CI may need many. */
  readonly requestsPerMinute: number;
  /** Counts that replicas share; without them each counts by itself. */
  readonly counts?: SharedCounts | undefined;
  /** Addresses of proxies (CIDR) whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Whether a failure is of what the server stands on, and may be over in a moment. */
  readonly isPassing?: ((error: unknown) => boolean) | undefined;
  /** Takes what the server could not answer, with the request's id. */
  readonly onFailure: (error: Error, requestId: string) => void;
}

const HEADER_BYTES = 16 * 1024;
/** A client that sends its headers or its body drop by drop is let go. */
const HEADERS_MS = 15_000;
const REQUEST_MS = 60_000;
const LOOK_FOR_SLOW_MS = 5000;
const BODY_BYTES = 10 * 1024 * 1024;
const REQUEST_ID = /^[\w.-]{1,64}$/;

export const buildServer = async (options: ServerOptions): Promise<FastifyInstance> => {
  const server = fastify({
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    http: { maxHeaderSize: HEADER_BYTES, headersTimeout: HEADERS_MS, connectionsCheckingInterval: LOOK_FOR_SLOW_MS },
    ...(options.trustedProxies !== undefined && { trustProxy: [...options.trustedProxies] }),
    logger: false,
    genReqId: ({ headers }) => requestIdFrom(headers['x-request-id']),
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (error, request, reply) => answerProblem(request, reply, problemOf(error)),
  });
  admitPagesOf(server, options.origins);
  await server.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives: CONTENT_POLICY } });
  // Answers only: what is sent to us compressed is refused, for a small body may unpack to a large one.
  await server.register(compress, { encodings: ['gzip'], threshold: 1024, globalDecompression: false });
  const store = countStore(options.counts, (error) => options.onFailure(error, 'rate limit'));
  await server.register(rateLimit, {
    max: options.requestsPerMinute,
    store: class {
      readonly incr = store.incr;
      readonly child = store.child;
    } as unknown as FastifyRateLimitStoreCtor,
    timeWindow: 60_000,
    errorResponseBuilder: (_request, { after }) =>
      new Problem('too-many-requests', `this address has sent its requests of the minute; go on in ${after}`),
  });
  takeJsonOnly(server);
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    refusePacked(request.headers['content-encoding']);
    if (options.mode === 'loopback') refuseForeignPages(headersOf(request), options.origins);
  });
  server.setNotFoundHandler((request, reply) =>
    answerProblem(request, reply, new Problem('no-endpoint', `there is no ${request.method} ${pathOf(request)}`)),
  );
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const isPassing = options.isPassing?.(error) === true;
    const problem = isPassing ? unavailable('the database cannot do this just now; ask again') : problemOf(error);
    if (problem.code === 'internal' || isPassing) options.onFailure(error, request.id);
    return answerProblem(request, reply, problem);
  });
  return server;
};

/** The reference page has its style within itself; nothing else of ours is a page. */
const CONTENT_POLICY = {
  'default-src': ["'none'"],
  'style-src': ["'unsafe-inline'"],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
};

const requestIdFrom = (given: string | string[] | undefined): string =>
  typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();

const refusePacked = (encoding: string | undefined): void => {
  if (encoding === undefined || encoding.trim().toLowerCase() === 'identity') return;
  throw new Problem('wrong-content-type', `a body is sent as it is, not packed as ${encoding}`);
};

const takeJsonOnly = (server: FastifyInstance): void => {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    keepRawBody(request, body as string);
    if (body === '') done(null, undefined);
    else if (isTooDeep(body as string)) done(new Problem('invalid-request', 'the body nests too deep'));
    else void parse(request, body as string, done);
  });
};

const answerProblem = (request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply =>
  reply
    .code(PROBLEMS[problem.code].status)
    .headers({ ...problem.headers, 'x-request-id': request.id, 'content-type': problemContentType })
    .send(JSON.stringify(problemBodyOf(problem, request.id)));

const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0] ?? url;

/** Fastify's own refusals in our words; whatever else went wrong is ours and tells a stranger nothing. */
const problemOf = (error: Error & { readonly code?: string; readonly statusCode?: number }): Problem => {
  if (error instanceof Problem) return error;
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem(
        'too-large',
        `the body is larger than this route takes; ${BODY_BYTES} bytes are the most anywhere`,
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('wrong-content-type', 'send the body as content-type: application/json');
    default:
  }
  if (error.statusCode !== undefined && error.statusCode < 500) return new Problem('invalid-request', error.message);
  return new Problem('internal', 'the server failed; its log says why, under the id of this request');
};
