import { createHash, randomBytes } from 'node:crypto';
import type { ValueMap } from '@testmesh/domain';
import type pg from 'pg';
import type { AuditedStore, Caller } from './audited-store.ts';
import { type Changed, changed, refused } from './changed.ts';
import { type Listed, listRows, only, type Page, uuid } from './rows.ts';

// Runners in networks of their own, and the tokens they come with.
// G1. A token is shown once and kept as its hash.
// G2. A name is given once for ever: what a run says of who carried it stays true.
// G3. A rotation leaves the token before its time; a revocation ends all of them at once.

/** A runner as people see it. */
export interface SiteAgent {
  readonly id: string;
  readonly name: string;
  readonly pools: readonly string[];
  /** How its newest token begins. */
  readonly prefix: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly rotatedAt: Date;
  readonly revokedAt: Date | null;
  readonly seenAt: Date | null;
  /** What it said of itself when it came last. */
  readonly seen: AgentSelf;
}

export interface AgentSelf {
  readonly version?: string;
  readonly host?: string;
  readonly slots?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A token that may be asked about: its hash, never its text. */
export interface KnownAgentToken {
  readonly agentId: string;
  readonly workspace: string;
  readonly name: string;
  readonly pools: readonly string[];
  /** sha256 of the whole token's text, hex. */
  readonly hash: string;
}

interface NewAgentToken {
  readonly agent: SiteAgent;
  readonly text: string;
}

export interface SiteAgentStore {
  readonly list: (workspace: string, page: Page) => Promise<Listed<SiteAgent>>;
  readonly get: (workspace: string, id: string) => Promise<SiteAgent | undefined>;
  readonly create: (
    caller: Caller,
    agent: { readonly name: string; readonly pools: readonly string[] },
  ) => Promise<Changed<NewAgentToken>>;
  /** A new token; the ones before go on for `overlapMs`. */
  readonly rotate: (caller: Caller, id: string, overlapMs: number) => Promise<Changed<NewAgentToken>>;
  readonly revoke: (caller: Caller, id: string) => Promise<Changed<SiteAgent>>;
  /** Tokens of agents that are not revoked, not expired, and begin so. */
  readonly tokensByPrefix: (prefix: string) => Promise<readonly KnownAgentToken[]>;
  readonly isLive: (id: string) => Promise<boolean>;
  readonly seen: (id: string, self?: AgentSelf) => Promise<void>;
}

const PREFIX_LENGTH = 13;

const COLUMNS = `a.id, a.name, a.pools, a.created_by as "createdBy", a.created_at as "createdAt",
  a.revoked_at as "revokedAt", a.seen_at as "seenAt", a.seen, t.prefix, t.created_at as "rotatedAt"`;
const SOURCE = `from testmesh.site_agents a cross join lateral (
    select prefix, created_at from testmesh.site_agent_tokens where agent_id = a.id order by created_at desc limit 1) t
  where a.workspace_id = $1`;

export const postgresSiteAgents = (store: AuditedStore): SiteAgentStore => ({
  list: (workspace, page) => {
    const listing = { columns: COLUMNS, source: SOURCE, order: 'a.created_at desc, a.id', values: [uuid(workspace)] };
    return listRows<SiteAgent>(store.pool, listing, page);
  },
  get: (workspace, id) => find(store.pool, workspace, id),
  create: (caller, { name, pools }) =>
    store.change(
      caller,
      async ({ client, record }) => {
        const { rows } = await client.query<{ readonly id: string }>(
          `insert into testmesh.site_agents (workspace_id, name, pools, created_by) values ($1, $2, $3, $4) returning id`,
          [uuid(caller.workspace), name, pools, caller.actor],
        );
        const { id } = only(rows);
        const text = await addToken(client, id);
        const agent = only([await find(client, caller.workspace, id)].filter((found) => found !== undefined));
        record('SiteAgentCreated', summary(agent));
        return changed({ agent, text });
      },
      { site_agents_name: 'NameTaken' },
    ),
  rotate: (caller, id, overlapMs) =>
    store.change(caller, async ({ client, record }) => {
      const before = await lock(client, caller.workspace, id);
      if (!before.ok) return before;
      await client.query(
        `update testmesh.site_agent_tokens
         set expires_at = least(coalesce(expires_at, 'infinity'), clock_timestamp() + $2 * interval '1 millisecond')
         where agent_id = $1`,
        [before.value.id, overlapMs],
      );
      const text = await addToken(client, before.value.id);
      const agent = only([await find(client, caller.workspace, id)].filter((found) => found !== undefined));
      record('SiteAgentTokenRotated', { ...summary(agent), overlap_ms: overlapMs });
      return changed({ agent, text });
    }),
  revoke: (caller, id) =>
    store.change(caller, async ({ client, record }) => {
      const before = await lock(client, caller.workspace, id);
      if (!before.ok) return before;
      await client.query('update testmesh.site_agents set revoked_at = clock_timestamp() where id = $1', [
        before.value.id,
      ]);
      record('SiteAgentRevoked', summary(before.value));
      return changed({ ...before.value, revokedAt: new Date() });
    }),
  ...whoComes(store.pool),
});

/** What is asked before every request of an agent. */
const whoComes = (pool: pg.Pool): Pick<SiteAgentStore, 'tokensByPrefix' | 'isLive' | 'seen'> => ({
  tokensByPrefix: async (prefix) => {
    const { rows } = await pool.query<KnownAgentToken>(
      `select a.id as "agentId", a.workspace_id as workspace, a.name, a.pools, encode(t.hash, 'hex') as hash
       from testmesh.site_agent_tokens t join testmesh.site_agents a on a.id = t.agent_id and a.revoked_at is null
       join testmesh.workspaces w on w.id = a.workspace_id and w.deleted_at is null
       where t.prefix = $1 and (t.expires_at is null or t.expires_at > clock_timestamp())`,
      [prefix],
    );
    return rows;
  },
  isLive: async (id) => {
    const sql = 'select 1 from testmesh.site_agents where id = $1 and revoked_at is null';
    return (await pool.query(sql, [uuid(id)])).rowCount === 1;
  },
  seen: async (id, self) => {
    const sql = `update testmesh.site_agents set seen_at = clock_timestamp(), seen = coalesce($2, seen) where id = $1`;
    await pool.query(sql, [uuid(id), self === undefined ? null : JSON.stringify(self)]);
  },
});

const find = async (
  db: Pick<pg.ClientBase, 'query'>,
  workspace: string,
  id: string,
): Promise<SiteAgent | undefined> => {
  const sql = `select ${COLUMNS} ${SOURCE} and a.id = $2`;
  return (await db.query<SiteAgent>(sql, [uuid(workspace), uuid(id)])).rows[0];
};

const lock = async (client: pg.ClientBase, workspace: string, id: string): Promise<Changed<SiteAgent>> => {
  const sql = 'select 1 from testmesh.site_agents where workspace_id = $1 and id = $2 for update';
  await client.query(sql, [uuid(workspace), uuid(id)]);
  const agent = await find(client, workspace, id);
  if (agent === undefined) return refused('NotFound');
  return agent.revokedAt === null ? changed(agent) : refused('KeyAlreadyRevoked');
};

/** 192 random bits behind a prefix that people and scanners recognise. */
const addToken = async (client: pg.ClientBase, agentId: string): Promise<string> => {
  const text = `tm_agent_${randomBytes(24).toString('hex')}`;
  await client.query(
    'insert into testmesh.site_agent_tokens (hash, agent_id, prefix, created_at) values ($1, $2, $3, clock_timestamp())',
    [createHash('sha256').update(text).digest(), agentId, text.slice(0, PREFIX_LENGTH)],
  );
  return text;
};

const summary = ({ id, name, prefix, pools }: SiteAgent): ValueMap => ({ id, name, prefix, pools });
