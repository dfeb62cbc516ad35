import { createHash, randomBytes } from 'node:crypto';
import type { ValueMap } from '@testmesh/domain';
import type { AuditedStore, Caller } from './audited-store.ts';
import { type Changed, changed, refused } from './changed.ts';
import { type Listed, listRows, only, type Page, uuid } from './rows.ts';

/** A key as people see it afterwards: its text is shown once, when it is made. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly permissions: readonly string[];
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly permissions: readonly string[];
  readonly expiresAt?: Date;
  /** The person it acts for: it may never do more than they may. */
  readonly userId?: string;
}

export interface ApiKeyStore {
  readonly list: (workspace: string, page: Page) => Promise<Listed<ApiKey>>;
  readonly get: (workspace: string, id: string) => Promise<ApiKey | undefined>;
  readonly create: (
    caller: Caller,
    key: NewApiKey,
  ) => Promise<Changed<{ readonly key: ApiKey; readonly text: string }>>;
  readonly revoke: (caller: Caller, id: string) => Promise<Changed<ApiKey>>;
}

const PREFIX_LENGTH = 12;
const COLUMNS = `id, name, prefix, permissions, created_by as "createdBy", created_at as "createdAt",
  expires_at as "expiresAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt"`;

/** 192 random bits behind the prefix that people and scanners recognise. */
const newKeyText = (): string => `tm_live_${randomBytes(24).toString('hex')}`;

export const postgresApiKeys = (store: AuditedStore): ApiKeyStore => ({
  list: (workspace, page) => {
    const source = 'from testmesh.api_keys where workspace_id = $1';
    const order = 'created_at desc, id';
    return listRows<ApiKey>(store.pool, { columns: COLUMNS, source, order, values: [uuid(workspace)] }, page);
  },
  get: async (workspace, id) => {
    const sql = `select ${COLUMNS} from testmesh.api_keys where workspace_id = $1 and id = $2`;
    return (await store.pool.query<ApiKey>(sql, [uuid(workspace), uuid(id)])).rows[0];
  },
  create: (caller, { name, permissions, expiresAt, userId }) =>
    store.change(caller, async ({ client, record }) => {
      const text = newKeyText();
      const { rows } = await client.query<ApiKey>(
        `insert into testmesh.api_keys (workspace_id, name, prefix, hash, permissions, created_by, expires_at, user_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning ${COLUMNS}`,
        [
          uuid(caller.workspace),
          name,
          text.slice(0, PREFIX_LENGTH),
          createHash('sha256').update(text).digest(),
          permissions,
          caller.actor,
          expiresAt ?? null,
          userId ?? null,
        ],
      );
      const key = only(rows);
      record('ApiKeyCreated', summary(key));
      return changed({ key, text });
    }),
  revoke: (caller, id) =>
    store.change(caller, async ({ client, record }) => {
      const { rows } = await client.query<ApiKey>(
        `select ${COLUMNS} from testmesh.api_keys where workspace_id = $1 and id = $2 for update`,
        [uuid(caller.workspace), uuid(id)],
      );
      const [found] = rows;
      if (found === undefined) return refused('NotFound');
      if (found.revokedAt !== null) return refused('KeyAlreadyRevoked');
      const revoked = await client.query<ApiKey>(
        `update testmesh.api_keys set revoked_at = now() where id = $1 returning ${COLUMNS}`,
        [found.id],
      );
      record('ApiKeyRevoked', summary(found));
      return changed(only(revoked.rows));
    }),
});

const summary = ({ id, name, prefix, permissions }: ApiKey): ValueMap => ({ id, name, prefix, permissions });
