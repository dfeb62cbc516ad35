import type pg from 'pg';
import type { Queryable } from './rows.ts';

// How many runs of a workspace go at once, where the claim of a run reads it: beside the queue, in the same database.
// M1. It is the workspace's own limit or the operator's, whichever is less; no row where there is neither.

export interface QueueLimits {
  /** Writes the limit of a workspace that was made just now. */
  readonly begin: (client: Queryable, workspace: string) => Promise<void>;
  /** Writes the limit of one workspace, whose own is given. */
  readonly set: (client: Queryable, workspace: string, own: number | null) => Promise<void>;
  /** Writes the limits of all workspaces, after the operator changed theirs. */
  readonly setAll: (pool: pg.Pool) => Promise<void>;
}

const SET = `insert into journal.workspace_limits (workspace, max_running) values ($1, $2)
  on conflict (workspace) do update set max_running = excluded.max_running`;

const ALL = `with own as (
    select w.id::text as workspace, least((r.content ->> 'maxRunning')::int, $1::int) as most
      from testmesh.workspaces w
      left join testmesh.workspace_rules r on r.workspace_id = w.id and r.kind = 'limits'
      where w.deleted_at is null
  ), unlimited as (
    delete from journal.workspace_limits l using own where l.workspace = own.workspace and own.most is null
  )
  insert into journal.workspace_limits (workspace, max_running)
    select workspace, most from own where most is not null order by workspace
    on conflict (workspace) do update set max_running = excluded.max_running`;

/** `most` is the operator's limit for every workspace; without one each has its own alone. */
export const queueLimits = (most?: number): QueueLimits => ({
  begin: async (client, workspace) => {
    if (most !== undefined) await client.query(SET, [workspace, most]);
  },
  set: async (client, workspace, own) => {
    const limit = Math.min(own ?? Number.POSITIVE_INFINITY, most ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(limit)) await client.query(SET, [workspace, limit]);
    else await client.query('delete from journal.workspace_limits where workspace = $1', [workspace]);
  },
  setAll: async (pool) => {
    await pool.query(ALL, [most ?? null]);
  },
});
