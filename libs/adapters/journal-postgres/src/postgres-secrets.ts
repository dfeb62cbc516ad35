// What runs need of secrets, sealed with AES-256-GCM.
// S1. A value is opened only for the run and the name it was kept under: both are authenticated with it, and the key is the run's own.
// S2. The id of the master key is kept beside the value, so that a new one can be current while old values are still opened.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { RunSecrets } from '@testmesh/ports';
import DataLoader from 'dataloader';
import type { Pool } from 'pg';

export interface SecretKeys {
  /** Id of the key that seals from now on. */
  readonly current: string;
  /** Master keys of 32 bytes by id. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

interface SecretRow {
  readonly run_id: string;
  readonly name: string;
  readonly key_id: string;
  readonly sealed: Buffer;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const KEEP = `insert into journal.run_secrets (run_id, name, key_id, sealed) values ($1, $2, $3, $4)
  on conflict (run_id, name) do update set key_id = excluded.key_id, sealed = excluded.sealed`;

const OF = `select run_id, name, key_id, sealed from journal.run_secrets
  where run_id = any($1::text[]) order by run_id, name`;

/** Runs that are claimed together begin together: what was kept for them all is one statement. */
const rowsByRun = (pool: Pool): DataLoader<string, readonly SecretRow[]> =>
  new DataLoader(
    async (runIds) => {
      const { rows } = await pool.query<SecretRow>(OF, [runIds]);
      const byRun = Map.groupBy(rows, ({ run_id }) => run_id);
      return runIds.map((runId) => byRun.get(runId) ?? []);
    },
    { cache: false },
  );

export const postgresSecrets = (pool: Pool, { current, keys }: SecretKeys): RunSecrets => {
  for (const [id, key] of keys) {
    if (key.length !== KEY_BYTES)
      throw new Error(`the secret key "${id}" has ${key.length} bytes, it needs ${KEY_BYTES}`);
  }
  const keyOf = (id: string, runId: string): Uint8Array => {
    const master = keys.get(id);
    if (master === undefined) throw new Error(`the secret key "${id}" is not among the keys given`);
    return new Uint8Array(hkdfSync('sha256', master, '', `testmesh/run-secrets/${runId}`, KEY_BYTES));
  };
  keyOf(current, '');
  const kept = rowsByRun(pool);
  return {
    keep: async (runId, name, values) => {
      await pool.query(KEEP, [runId, name, current, seal(keyOf(current, runId), boundTo(runId, name), values)]);
    },
    of: async (runId) => {
      const rows = await kept.load(runId);
      return new Map(
        rows.map(({ name, key_id, sealed }) => [name, unseal(keyOf(key_id, runId), boundTo(runId, name), sealed)]),
      );
    },
  };
};

const boundTo = (runId: string, name: string): Buffer => Buffer.from(JSON.stringify([runId, name]));

const seal = (key: Uint8Array, bound: Buffer, values: string): Buffer => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound);
  return Buffer.concat([nonce, cipher.update(values, 'utf8'), cipher.final(), cipher.getAuthTag()]);
};

const unseal = (key: Uint8Array, bound: Buffer, sealed: Buffer): string => {
  const tag = sealed.subarray(-TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES)).setAAD(bound).setAuthTag(tag);
  const values = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8');
  return values + decipher.final('utf8');
};
