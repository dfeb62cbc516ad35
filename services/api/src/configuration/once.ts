import { createHash, randomUUID } from 'node:crypto';
import { Problem } from '@testmesh/contracts';
import { canonicalJson, type Value } from '@testmesh/domain';
import type { Changed } from '@testmesh/store-postgres';
import type { CallerRequest } from '../http/route.ts';
import { idempotencyKey } from '../runs/run-routes.ts';
import type { ConfigurationDeps } from './deps.ts';
import { accepted } from './refusals.ts';

type Request = Pick<CallerRequest<unknown, unknown, unknown>, 'caller' | 'headers' | 'body'>;

interface Making<Row> {
  /** What is made, so that one key cannot stand for a flow and a schedule. */
  readonly operation: string;
  readonly make: (id: string | undefined) => Promise<Changed<Row>>;
  readonly find: (id: string) => Promise<Row | undefined>;
}

/** Makes a row once for an Idempotency-Key: the key stands for the row's id, whatever became of the first answer. */
export const madeOnce = async <Row>(
  { idempotency, clock }: Pick<ConfigurationDeps, 'idempotency' | 'clock'>,
  { caller, headers, body }: Request,
  { operation, make, find }: Making<Row>,
): Promise<Row> => {
  const key = idempotencyKey(headers);
  if (key === undefined) return accepted(await make(undefined));
  const own = randomUUID();
  const fingerprint = createHash('sha256')
    .update(canonicalJson({ operation, body: body as Value }))
    .digest('hex');
  const kept = await idempotency.claim({
    workspace: caller.workspace,
    key,
    fingerprint,
    runId: own,
    atMs: clock.now(),
  });
  if (kept.fingerprint !== fingerprint) {
    throw new Problem('key-reused', `the Idempotency-Key ${key} came with another request before; use a new one`);
  }
  const earlier = kept.runId === own ? undefined : await find(kept.runId);
  if (earlier !== undefined) return earlier;
  const made = await make(kept.runId);
  if (!made.ok && made.refusal === 'AlreadyMade') return (await find(kept.runId)) ?? accepted(made);
  return accepted(made);
};
