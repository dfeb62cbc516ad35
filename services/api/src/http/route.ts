import type * as z from 'zod';
import type { Permission, Role } from '../access/permissions.ts';

// A route is data: what it takes, what it answers, who may ask, and the function that does it.
// Registration, documentation and the isolation test all read the same table.

/** Who asks, and for which workspace. */
export interface Caller {
  readonly workspace: string;
  /** As it stands in audit events: `key:…` or `local`. */
  readonly actor: string;
  readonly permissions: ReadonlySet<Permission>;
}

/** Somebody who has logged in, in no workspace yet. */
export interface Person {
  readonly sessionId: string;
  readonly user: { readonly id: string; readonly email: string; readonly name: string };
  readonly memberships: readonly { readonly workspace: string; readonly name: string; readonly role: Role }[];
  /** What `X-CSRF-Token` has to be. */
  readonly csrf: string;
}

/** A runner at a site that has shown its token. */
export interface AgentCaller {
  readonly agentId: string;
  readonly name: string;
  readonly workspace: string;
  /** Those that its token lets it take runs of. */
  readonly pools: readonly string[];
  /** Under which name this process of it holds runs. */
  readonly executor: string;
}

export interface RouteRequest<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Aborts when the client goes away, and with the answer as its reason when that was given without waiting any longer. */
  readonly signal: AbortSignal;
  /** As it is in the answer's `x-request-id`. */
  readonly requestId: string;
  /** The body's text as it came, for signatures; a field of GraphQL has none. */
  readonly rawBody?: string;
}

export interface CallerRequest<Params, Query, Body> extends RouteRequest<Params, Query, Body> {
  readonly caller: Caller;
}

export interface PersonRequest<Params, Query, Body> extends RouteRequest<Params, Query, Body> {
  readonly person: Person;
}

export interface AgentRequest<Params, Query, Body> extends RouteRequest<Params, Query, Body> {
  readonly agent: AgentCaller;
}

type Headers = Readonly<Record<string, string>>;

export type RouteAnswer =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Headers }
  /** A page, a report, metrics: its content type stands in the headers. */
  | { readonly status: number; readonly text: string; readonly headers: Headers }
  /** The same as bytes that nobody else holds: their memory is given back when they are sent. */
  | { readonly status: number; readonly bytes: Buffer; readonly headers: Headers }
  /** Pieces in time; the next one is asked for when the client has taken the last one. */
  | { readonly status: number; readonly stream: AsyncIterable<string>; readonly headers: Headers };

/** A schema of a JSON body, or the content type of a text. */
export type OneAnswer =
  | z.ZodType
  | { readonly contentType: string; readonly description: string; readonly schema?: z.ZodType };
/** Several where the client chooses the form. */
export type AnswerSchema = OneAnswer | readonly OneAnswer[] | 'nothing';

interface RouteParts<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Fastify's form: `/executions/:id`. */
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Headers of the request that mean something here, for the documentation. */
  readonly headers?: readonly { readonly name: string; readonly description: string }[];
  /** An example of the body, printed in the documentation. */
  readonly example?: z.input<Body>;
  /** Requests a minute and address, where it is not as many as elsewhere. */
  readonly requestsPerMinute?: number;
  /** Bytes of a body, where they are fewer than elsewhere. */
  readonly mostBytes?: number;
  readonly responses: Readonly<Record<number, AnswerSchema>>;
}

export interface WorkspaceRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>
  extends RouteParts<P, Q, B> {
  readonly permission: Permission;
  /** Answers under `/api/v1` alone: the path names the workspace itself, or the route is about all of them. */
  readonly unscoped?: true;
  readonly handle: (request: CallerRequest<z.output<P>, z.output<Q>, z.output<B>>) => Promise<RouteAnswer>;
}

export interface PublicRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>
  extends RouteParts<P, Q, B> {
  readonly handle: (request: RouteRequest<z.output<P>, z.output<Q>, z.output<B>>) => Promise<RouteAnswer>;
}

export interface PersonRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>
  extends RouteParts<P, Q, B> {
  readonly handle: (request: PersonRequest<z.output<P>, z.output<Q>, z.output<B>>) => Promise<RouteAnswer>;
}

export interface AgentRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> extends RouteParts<P, Q, B> {
  /** Requests a minute and agent, beside those of its address. */
  readonly requestsPerAgent?: number;
  readonly handle: (request: AgentRequest<z.output<P>, z.output<Q>, z.output<B>>) => Promise<RouteAnswer>;
}

type Parts = RouteParts<z.ZodType, z.ZodType, z.ZodType>;

/** What the framework sees: values are checked before `handle` is called, so its types stay inside. */
export type Route =
  | (Parts & {
      readonly area: 'workspace';
      readonly permission: Permission;
      readonly unscoped?: true;
      readonly handle: (request: CallerRequest<unknown, unknown, unknown>) => Promise<RouteAnswer>;
    })
  | (Parts & {
      readonly area: 'person';
      readonly handle: (request: PersonRequest<unknown, unknown, unknown>) => Promise<RouteAnswer>;
    })
  | (Parts & {
      readonly area: 'agent';
      readonly requestsPerAgent?: number;
      readonly handle: (request: AgentRequest<unknown, unknown, unknown>) => Promise<RouteAnswer>;
    })
  | (Parts & {
      readonly area: 'public';
      readonly handle: (request: RouteRequest<unknown, unknown, unknown>) => Promise<RouteAnswer>;
    });

/** A route under `/api/v1/workspaces/:workspace_id` and, for the key's own workspace, under `/api/v1`. */
export const workspaceRoute = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>({
  handle,
  ...parts
}: WorkspaceRoute<P, Q, B>): Route => ({
  ...(parts as unknown as Parts & { readonly permission: Permission }),
  area: 'workspace',
  handle: (request) => handle(request as CallerRequest<z.output<P>, z.output<Q>, z.output<B>>),
});

/** A route that needs no key, at exactly its path. */
export const publicRoute = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>({
  handle,
  ...parts
}: PublicRoute<P, Q, B>): Route => ({
  ...(parts as unknown as Parts),
  area: 'public',
  handle: (request) => handle(request as RouteRequest<z.output<P>, z.output<Q>, z.output<B>>),
});

/** A route about who has logged in, at exactly its path; a key does not open it. */
export const personRoute = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>({
  handle,
  ...parts
}: PersonRoute<P, Q, B>): Route => ({
  ...(parts as unknown as Parts),
  area: 'person',
  handle: (request) => handle(request as PersonRequest<z.output<P>, z.output<Q>, z.output<B>>),
});

/** A route for runners at sites, at exactly its path; only an agent's token opens it. */
export const agentRoute = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>({
  handle,
  ...parts
}: AgentRoute<P, Q, B>): Route => ({
  ...(parts as unknown as Parts),
  area: 'agent',
  handle: (request) => handle(request as AgentRequest<z.output<P>, z.output<Q>, z.output<B>>),
});

const API = '/api/v1';
const SCOPED = `${API}/workspaces/:workspace_id`;

/** Where a route answers; the first path is the one with its plain `operationId`. */
export const pathsOf = (route: Route): readonly string[] => {
  if (route.area !== 'workspace') return [route.path];
  return route.unscoped ? [`${API}${route.path}`] : [`${API}${route.path}`, `${SCOPED}${route.path}`];
};
