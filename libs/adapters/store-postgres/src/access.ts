import type pg from 'pg';
import { uuid } from './rows.ts';

/** A key that may be asked about: its hash, never its text. */
export interface KnownKey {
  readonly keyId: string;
  readonly workspace: string;
  /** sha256 of the whole key's text, hex. */
  readonly hash: string;
  readonly permissions: readonly string[];
  /** What the person may do for whom the key acts; absent for a program's key. */
  readonly role?: 'owner' | 'admin' | 'editor' | 'viewer';
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
}

export interface PostgresAccess {
  readonly keysByPrefix: (prefix: string) => Promise<readonly KnownKey[]>;
  readonly keyUsed: (keyId: string, atMs: number) => Promise<void>;
  readonly hasWorkspace: (workspace: string) => Promise<boolean>;
}

interface KeyRow {
  readonly id: string;
  readonly workspace: string;
  readonly hash: string;
  readonly permissions: readonly string[];
  readonly expiresAt: Date | null;
  readonly role: 'owner' | 'admin' | 'editor' | 'viewer' | null;
}

/** What the API asks before every request. */
export const postgresAccess = (pool: pg.Pool): PostgresAccess => ({
  keysByPrefix: async (prefix) => {
    const { rows } = await pool.query<KeyRow>(
      `select k.id, k.workspace_id as workspace, encode(k.hash, 'hex') as hash, k.permissions,
         k.expires_at as "expiresAt", m.role
       from testmesh.api_keys k join testmesh.workspaces w on w.id = k.workspace_id and w.deleted_at is null
       left join testmesh.members m on m.workspace_id = k.workspace_id and m.user_id = k.user_id
       where k.prefix = $1 and k.revoked_at is null and (k.user_id is null or m.role is not null)`,
      [prefix],
    );
    return rows.map(({ id, expiresAt, role, ...key }) => ({
      ...key,
      keyId: id,
      ...(role && { role }),
      ...(expiresAt && { expiresAt: expiresAt.getTime() }),
    }));
  },
  keyUsed: async (keyId, atMs) => {
    await pool.query(
      `update testmesh.api_keys set last_used_at = greatest(last_used_at, to_timestamp($2 / 1000.0)) where id = $1`,
      [uuid(keyId), atMs],
    );
  },
  hasWorkspace: async (workspace) => {
    const sql = 'select 1 from testmesh.workspaces where id = $1 and deleted_at is null';
    return (await pool.query(sql, [uuid(workspace)])).rows.length === 1;
  },
});

/** Which run an idempotency key stands for. */
export interface IdempotencyClaim {
  readonly workspace: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly runId: string;
  readonly atMs: number;
}

export interface PostgresIdempotency {
  readonly claim: (claim: IdempotencyClaim) => Promise<Pick<IdempotencyClaim, 'fingerprint' | 'runId'>>;
  /** Forgets a claim whose request came to nothing. */
  readonly release: (claim: Pick<IdempotencyClaim, 'workspace' | 'key' | 'runId'>) => Promise<void>;
  /** Forgets claims from before; the number forgotten. */
  readonly forgetBefore: (atMs: number) => Promise<number>;
}

export const postgresIdempotency = (pool: pg.Pool): PostgresIdempotency => ({
  claim: async ({ workspace, key, fingerprint, runId, atMs }) => {
    // The update that changes nothing makes the row of an earlier claim come back.
    const { rows } = await pool.query<{ fingerprint: string; runId: string }>(
      `insert into testmesh.idempotency_keys (workspace_id, key, fingerprint, run_id, claimed_at)
       values ($1, $2, $3, $4, to_timestamp($5 / 1000.0))
       on conflict (workspace_id, key) do update set key = excluded.key
       returning fingerprint, run_id as "runId"`,
      [uuid(workspace), key, fingerprint, runId, atMs],
    );
    const [kept] = rows;
    if (kept === undefined) throw new Error('an idempotency claim returned no row');
    return kept;
  },
  release: async ({ workspace, key, runId }) => {
    const sql = 'delete from testmesh.idempotency_keys where workspace_id = $1 and key = $2 and run_id = $3';
    await pool.query(sql, [uuid(workspace), key, runId]);
  },
  forgetBefore: async (atMs) => {
    const sql = 'delete from testmesh.idempotency_keys where claimed_at < to_timestamp($1 / 1000.0)';
    return (await pool.query(sql, [atMs])).rowCount ?? 0;
  },
});
