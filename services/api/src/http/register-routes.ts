import { stringifyJson, type Value } from '@testmesh/domain';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { type Authentication, demand } from '../access/authentication.ts';
import type { OpenStreams } from '../live/open-streams.ts';
import { agentLimit } from './agent-limit.ts';
import { inTime } from './in-time.ts';
import { letGo } from './let-go.ts';
import { pump } from './pump.ts';
import { rawBodyOf } from './raw-body.ts';
import {
  type AgentCaller,
  type Caller,
  type Person,
  pathsOf,
  type Route,
  type RouteAnswer,
  type RouteRequest,
} from './route.ts';
import { parsed, validated } from './validate.ts';

// The one place where routes meet Fastify. Invariants:
// T1. Who asks is known before a byte of the body is read, and counted by address before that: guesses are counted, too.
// T2. A handler sees only values that its schemas gave.

export interface Edge {
  readonly authentication: Authentication;
  readonly agentOf: (headers: Readonly<Record<string, string | undefined>>) => Promise<AgentCaller>;
  /** Aborts when the server stops, so that streams end. */
  readonly closing: AbortSignal;
  /** Who asks is known within this, and the answer, or its first piece, made within as much again. */
  readonly answerMs: number;
  readonly streams: OpenStreams;
}

/** Registers every route at all its paths. */
export const registerRoutes = (fastify: FastifyInstance, routes: readonly Route[], edge: Edge): void => {
  for (const route of routes) {
    for (const url of pathsOf(route)) register(fastify, url, route, edge);
  }
};

const register = (fastify: FastifyInstance, url: string, route: Route, edge: Edge): void => {
  const { authentication, agentOf, closing, answerMs, streams } = edge;
  const callers = new WeakMap<FastifyRequest, Caller>();
  const people = new WeakMap<FastifyRequest, Person>();
  const agents = new WeakMap<FastifyRequest, AgentCaller>();
  const limited = route.area === 'agent' ? agentLimit(fastify, route) : async () => undefined;
  fastify.route({
    method: route.method,
    url,
    exposeHeadRoute: route.method === 'GET',
    ...(route.requestsPerMinute !== undefined && {
      config: { rateLimit: { max: route.requestsPerMinute, timeWindow: 60_000 } },
    }),
    ...(route.mostBytes !== undefined && { bodyLimit: route.mostBytes }),
    // The limit of requests is a hook of `onRequest`, and adds itself behind those of the route.
    preParsing: async (request) => {
      if (route.area === 'public') return;
      const headers = headersOf(request);
      if (route.area === 'person') {
        people.set(request, await inTime(answerMs, () => authentication.personOf(headers, request.method)));
        return;
      }
      if (route.area === 'agent') {
        const agent = await inTime(answerMs, () => agentOf(headers));
        await limited(request, agent);
        agents.set(request, agent);
        return;
      }
      const caller = await inTime(answerMs, () =>
        authentication.callerOf(headers, workspaceIn(request), request.method),
      );
      demand(caller, route.permission);
      callers.set(request, caller);
    },
    handler: async (request, reply) => {
      const { workspace_id: _workspace, ...params } = request.params as Record<string, string>;
      const gone = AbortSignal.any([goneSignal(reply), closing]);
      // What a runner reports is what a flow met: any bytes at all, and the journal keeps them.
      const given = route.area === 'agent' ? parsed : validated;
      const checked: Omit<RouteRequest<unknown, unknown, unknown>, 'signal'> = {
        params: given(route.params ?? NOTHING, params, 'params'),
        query: given(route.query ?? NOTHING, request.query, 'query'),
        body: given(route.body ?? NO_BODY, request.body ?? undefined, 'body'),
        headers: headersOf(request),
        requestId: request.id,
        rawBody: rawBodyOf(request),
      };
      const asking = { caller: callers.get(request), person: people.get(request), agent: agents.get(request) };
      const answer = await inTime(answerMs, (tooLate) =>
        answerOf(route, { ...checked, signal: firstOf(gone, tooLate) }, asking),
      );
      if (!('stream' in answer)) return send(request, reply, answer);
      if (request.method === 'HEAD') return reply.code(answer.status).headers(answer.headers).send();
      const leave = streams.enter(nameOf(asking));
      return pump(reply, answer, gone).finally(leave);
    },
  });
};

interface Asking {
  readonly caller: Caller | undefined;
  readonly person: Person | undefined;
  readonly agent: AgentCaller | undefined;
}

/** Under which streams are counted. */
const nameOf = ({ caller, person, agent }: Asking): string =>
  caller?.actor ?? person?.user.id ?? (agent === undefined ? 'nobody' : 'agent');

const answerOf = (
  route: Route,
  request: RouteRequest<unknown, unknown, unknown>,
  { caller, person, agent }: Asking,
): Promise<RouteAnswer> => {
  if (route.area === 'public') return route.handle(request);
  if (route.area === 'agent' && agent !== undefined) return route.handle({ ...request, agent });
  if (route.area === 'person' && person !== undefined) return route.handle({ ...request, person });
  if (route.area === 'workspace' && caller !== undefined) return route.handle({ ...request, caller });
  throw new Error(`${route.operationId} was reached before it was known who asks`);
};

const NOTHING = z.strictObject({});
const NO_BODY = z.undefined({ error: 'this route takes no body' }).or(z.strictObject({}));
const workspaceId = z.object({ workspace_id: z.guid({ error: 'must be a UUID' }) });

const workspaceIn = ({ params }: FastifyRequest): string | undefined =>
  (params as Record<string, string>)['workspace_id'] === undefined
    ? undefined
    : validated(workspaceId, params, 'params').workspace_id.toLowerCase();

/** Headers that came more than once are joined, as HTTP allows. */
export const headersOf = ({ headers }: Pick<FastifyRequest, 'headers'>): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );

const goneSignal = (reply: FastifyReply): AbortSignal => {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort(new Error('the client went away')));
  return gone.signal;
};

/** Told by its listeners: one made by `AbortSignal.any` that nobody listens to was seen to miss the first of two. */
const firstOf = (...signals: readonly AbortSignal[]): AbortSignal => {
  const first = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) first.abort(signal.reason);
    else signal.addEventListener('abort', () => first.abort(signal.reason), { once: true });
  }
  return first.signal;
};

const LONG_TEXT = 65_536;

type WholeAnswer = Exclude<RouteAnswer, { readonly stream: unknown }>;

const send = (request: FastifyRequest, reply: FastifyReply, answer: WholeAnswer): FastifyReply => {
  const headers = answer.headers ?? {};
  reply.code(answer.status).headers(headers);
  if ('bytes' in answer) return sendBytes(reply, answer.bytes);
  if ('text' in answer) return sendText(reply, answer.text);
  if (isUnchanged(request, headers)) return reply.code(304).send();
  if (answer.body === undefined) return reply.send();
  return sendText(reply.header('content-type', 'application/json; charset=utf-8'), stringifyJson(answer.body as Value));
};

/** A long text is written several times faster as bytes than by the socket, which encodes it piece by piece. */
const sendText = (reply: FastifyReply, text: string): FastifyReply =>
  text.length > LONG_TEXT ? sendBytes(reply, Buffer.from(text)) : reply.send(text);

const sendBytes = (reply: FastifyReply, bytes: Buffer): FastifyReply => {
  // Not when it closes: a socket that breaks may still have them in hand.
  reply.raw.once('finish', () => letGo(bytes));
  return reply.send(bytes);
};

/** What the client has, one of the versions it may have kept, is what it would get. */
const isUnchanged = ({ method, headers }: FastifyRequest, { etag }: Readonly<Record<string, string>>): boolean =>
  (method === 'GET' || method === 'HEAD') &&
  etag !== undefined &&
  (headers['if-none-match'] ?? '').split(',').some((tag) => [etag, `W/${etag}`, '*'].includes(tag.trim()));
