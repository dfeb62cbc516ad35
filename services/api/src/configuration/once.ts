import { createHash, randomUUID } from 'node:crypto';
import { PROBLEMS, Problem } from '@testmesh/contracts';
import { canonicalJson, type Value } from '@testmesh/domain';
import type { Changed } from '@testmesh/store-postgres';
import type { CallerRequest, Route } from '../http/route.ts';
import { idempotencyKey } from '../runs/run-routes.ts';
import type { ConfigurationDeps } from './deps.ts';
import { accepted, type PointerOf } from './refusals.ts';

export type OnceDeps = Pick<ConfigurationDeps, 'idempotency' | 'clock'>;

type Request = Pick<CallerRequest<unknown, unknown, unknown>, 'caller' | 'headers' | 'params' | 'body'>;

interface Making<Row> {
  /** What is made, so that one key cannot stand for a flow and a schedule. */
  readonly operation: string;
  readonly make: (id: string) => Promise<Changed<Row>>;
  readonly find: (id: string) => Promise<Row | undefined>;
  readonly pointerOf?: PointerOf;
}

/**
 * The id of what a request makes: an Idempotency-Key that comes again gives the one it stands for. To make it twice has to
 * be to make it once, for the first request may have got half-way.
 */
export const idOnce = async (
  { idempotency, clock }: Pick<ConfigurationDeps, 'idempotency' | 'clock'>,
  { caller, headers, params, body }: Request,
  operation: string,
): Promise<{ readonly id: string; readonly isRepeated: boolean }> => {
  const own = randomUUID();
  const key = idempotencyKey(headers);
  if (key === undefined) return { id: own, isRepeated: false };
  const fingerprint = createHash('sha256')
    .update(canonicalJson({ operation, ...(hasAny(params) && { params }), body } as Value))
    .digest('hex');
  const claim = { workspace: caller.workspace, key, fingerprint, runId: own, atMs: clock.now() };
  const kept = await idempotency.claim(claim);
  if (kept.fingerprint !== fingerprint) throw reused(key);
  return { id: kept.runId, isRepeated: kept.runId !== own };
};

/** Makes a row once for an Idempotency-Key: the key stands for the row's id, whatever became of the first answer. */
export const madeOnce = async <Row>(
  deps: Pick<ConfigurationDeps, 'idempotency' | 'clock'>,
  request: Request,
  { operation, make, find, pointerOf }: Making<Row>,
): Promise<Row> => {
  const { id, isRepeated } = await idOnce(deps, request, operation);
  const earlier = isRepeated ? await find(id) : undefined;
  if (earlier !== undefined) return earlier;
  const made = await make(id);
  if (!made.ok && made.refusal === 'AlreadyMade') return (await find(id)) ?? accepted(made);
  return accepted(made, pointerOf);
};

const hasAny = (params: unknown): boolean => Object.keys(params ?? {}).length > 0;

const ONCE_KEY = {
  name: 'Idempotency-Key',
  description: 'with a key that came before it is not done again, but answered 409; kept for 24 hours',
} as const;

type WorkspaceRouteOf = Extract<Route, { readonly area: 'workspace' }>;

/**
 * A route that makes something, done at most once for an Idempotency-Key. What it answered is not kept, for it may be
 * a secret that is shown once: a second request is told that the first one was carried out.
 */
export const doneOnce = (route: Route, deps: OnceDeps): Route => {
  if (route.area !== 'workspace' || !makesSomething(route)) return route;
  if (route.headers?.some(({ name }) => name === ONCE_KEY.name)) return route;
  return {
    ...route,
    headers: [...(route.headers ?? []), ONCE_KEY],
    handle: async (request: CallerRequest<unknown, unknown, unknown>) => {
      const key = idempotencyKey(request.headers);
      if (key === undefined) return route.handle(request);
      const { operationId } = route;
      const { params, body, caller } = request;
      const own = randomUUID();
      const fingerprint = createHash('sha256')
        .update(canonicalJson({ operationId, params, body: body ?? null } as Value))
        .digest('hex');
      const claim = { workspace: caller.workspace, key, fingerprint, runId: own, atMs: deps.clock.now() };
      const kept = await deps.idempotency.claim(claim);
      if (kept.fingerprint !== fingerprint) throw reused(key);
      if (kept.runId !== own) {
        const wayOut = 'look at what it made; where that is nothing, send it with a new key';
        throw new Problem('conflict', `the request with the Idempotency-Key ${key} came before: ${wayOut}`);
      }
      return route.handle(request).catch(async (error: unknown) => {
        if (isRefusal(error)) await deps.idempotency.release(claim);
        throw error;
      });
    },
  };
};

/** Whether it says that nothing was done; after anything else, as a reply that was lost, it may have been. */
export const isRefusal = (error: unknown): boolean => error instanceof Problem && PROBLEMS[error.code].status < 500;

const makesSomething = ({ method, responses }: WorkspaceRouteOf): boolean =>
  method === 'POST' && (responses[201] !== undefined || responses[202] !== undefined);

const reused = (key: string): Problem =>
  new Problem('key-reused', `the Idempotency-Key ${key} came with another request before; use a new one`);
