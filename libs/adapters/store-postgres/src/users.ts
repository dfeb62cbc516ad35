import type pg from 'pg';
import { only, uuid } from './rows.ts';

// People who log in, and what their browsers hold. Invariants:
// U1. Neither a password nor what a browser sends is kept: the one as scrypt, the other as sha256 of 256 random bits.
// U2. A session is worth what its person is a member of now.

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

export interface Membership {
  readonly workspace: string;
  readonly name: string;
  readonly role: 'owner' | 'admin' | 'editor' | 'viewer';
}

export interface OpenSession {
  readonly id: string;
  readonly user: User;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
  readonly expiresAt: number;
  readonly memberships: readonly Membership[];
}

export interface NewSession {
  readonly userId: string;
  /** sha256, hex. */
  readonly hash: string;
  readonly atMs: number;
  readonly expiresAtMs: number;
}

export interface UserStore {
  readonly byEmail: (email: string) => Promise<(User & { readonly password: string }) | undefined>;
  readonly memberships: (userId: string) => Promise<readonly Membership[]>;
  /** Ends every session but the one that asked. */
  readonly setPassword: (userId: string, password: string, keep: string) => Promise<void>;
  readonly openSession: (session: NewSession) => Promise<string>;
  readonly sessionByHash: (hash: string) => Promise<OpenSession | undefined>;
  readonly sessionUsed: (id: string, atMs: number) => Promise<void>;
  readonly closeSession: (id: string) => Promise<void>;
  /** Failures of a subject (sha256, hex) since a time, and when the last one was. */
  readonly failures: (subject: string, sinceMs: number) => Promise<{ readonly count: number; readonly lastMs: number }>;
  /** Counts one more and answers how many there are now. */
  readonly failed: (subject: string, atMs: number, sinceMs: number) => Promise<number>;
  readonly succeeded: (subject: string) => Promise<void>;
  /** Forgets sessions and failures whose time is over. */
  readonly sweep: (nowMs: number) => Promise<void>;
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

export const postgresUsers = (pool: pg.Pool): UserStore => ({
  byEmail: async (email) => {
    const sql = 'select id, email, name, password from testmesh.users where lower(email) = lower($1)';
    return (await pool.query(sql, [email])).rows[0];
  },
  memberships: (userId) => membershipsOf(pool, userId),
  setPassword: async (userId, password, keep) => {
    await pool.query(
      `with changed as (update testmesh.users set password = $2, updated_at = now() where id = $1)
       delete from testmesh.sessions where user_id = $1 and id <> $3`,
      [uuid(userId), password, uuid(keep)],
    );
  },
  openSession: async ({ userId, hash, atMs, expiresAtMs }) => {
    const { rows } = await pool.query<{ id: string }>(
      `insert into testmesh.sessions (user_id, hash, created_at, used_at, expires_at)
       values ($1, $2, to_timestamp($3 / 1000.0), to_timestamp($3 / 1000.0), to_timestamp($4 / 1000.0)) returning id`,
      [uuid(userId), hex(hash), atMs, expiresAtMs],
    );
    return only(rows).id;
  },
  sessionByHash: async (hash) => {
    const { rows } = await pool.query<SessionRow>(
      `select s.id, u.id as "userId", u.email, u.name, s.used_at as "usedAt", s.expires_at as "expiresAt"
       from testmesh.sessions s join testmesh.users u on u.id = s.user_id where s.hash = $1`,
      [hex(hash)],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    return {
      id: row.id,
      user: { id: row.userId, email: row.email, name: row.name },
      usedAt: row.usedAt.getTime(),
      expiresAt: row.expiresAt.getTime(),
      memberships: await membershipsOf(pool, row.userId),
    };
  },
  sessionUsed: async (id, atMs) => {
    const sql = 'update testmesh.sessions set used_at = greatest(used_at, to_timestamp($2 / 1000.0)) where id = $1';
    await pool.query(sql, [uuid(id), atMs]);
  },
  closeSession: async (id) => {
    await pool.query('delete from testmesh.sessions where id = $1', [uuid(id)]);
  },
  ...failureCounts(pool),
});

interface SessionRow {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly usedAt: Date;
  readonly expiresAt: Date;
}

const membershipsOf = async (pool: pg.Pool, userId: string): Promise<readonly Membership[]> => {
  const { rows } = await pool.query<Membership>(
    `select m.workspace_id as workspace, w.name, m.role from testmesh.members m
     join testmesh.workspaces w on w.id = m.workspace_id and w.deleted_at is null
     where m.user_id = $1 order by w.name, w.id limit 1000`,
    [uuid(userId)],
  );
  return rows;
};

const failureCounts = (pool: pg.Pool): Pick<UserStore, 'failures' | 'failed' | 'succeeded' | 'sweep'> => ({
  failures: async (subject, sinceMs) => {
    const { rows } = await pool.query<{ count: number; lastMs: number }>(
      `select failures as count, (extract(epoch from failed_at) * 1000)::float8 as "lastMs" from testmesh.login_failures
       where subject = $1 and failed_at > to_timestamp($2 / 1000.0)`,
      [hex(subject), sinceMs],
    );
    return rows[0] ?? { count: 0, lastMs: 0 };
  },
  failed: async (subject, atMs, sinceMs) => {
    const { rows } = await pool.query<{ failures: number }>(
      `insert into testmesh.login_failures (subject, failures, failed_at) values ($1, 1, to_timestamp($2 / 1000.0))
       on conflict (subject) do update set
         failures = case when login_failures.failed_at > to_timestamp($3 / 1000.0) then login_failures.failures + 1 else 1 end,
         failed_at = excluded.failed_at returning failures`,
      [hex(subject), atMs, sinceMs],
    );
    return only(rows).failures;
  },
  succeeded: async (subject) => {
    await pool.query('delete from testmesh.login_failures where subject = $1', [hex(subject)]);
  },
  sweep: async (nowMs) => {
    await pool.query('delete from testmesh.sessions where expires_at < to_timestamp($1 / 1000.0)', [nowMs]);
    const sql = `delete from testmesh.login_failures where failed_at < to_timestamp($1 / 1000.0) - interval '1 day'`;
    await pool.query(sql, [nowMs]);
  },
});
