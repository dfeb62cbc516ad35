import type pg from 'pg';
import type { AuditedStore, Caller } from './audited-store.ts';
import { type Changed, changed, refused } from './changed.ts';
import { inTransaction, isSeen, only, type Seen, uuid } from './rows.ts';
import { SHOWN_RUNS } from './run-views.ts';

/** For how long a workspace keeps its runs. */
interface RetentionSettings {
  /** Null keeps them for ever. */
  readonly runsDays: number | null;
  readonly version: number;
}

export interface RetentionStore {
  readonly of: (workspace: string) => Promise<RetentionSettings>;
  readonly change: (
    caller: Caller,
    change: { readonly runsDays: number | null; readonly seen?: Seen | undefined },
  ) => Promise<Changed<RetentionSettings>>;
  /** Days by workspace, where they are limited. */
  readonly runsDays: () => Promise<ReadonlyMap<string, number>>;
  /** Lets go of views and history that are too old; true when there may be more. */
  readonly retire: () => Promise<boolean>;
  /** Bodies that rows of configuration name. */
  readonly neededBlobs: () => Promise<readonly string[]>;
  /** The sha256 of a view that was let go of. */
  readonly retired: (workspace: string, runId: string) => Promise<string | undefined>;
}

const UNCHANGED: RetentionSettings = { runsDays: null, version: 0 };

export const postgresRetention = (store: AuditedStore): RetentionStore => ({
  of: async (workspace) => {
    const sql = 'select runs_days as "runsDays", version from testmesh.retention where workspace_id = $1';
    return (await store.pool.query<RetentionSettings>(sql, [uuid(workspace)])).rows[0] ?? UNCHANGED;
  },
  change: (caller, { runsDays, seen }) =>
    store.change(caller, async ({ client, record }) => {
      const sql = 'select version from testmesh.retention where workspace_id = $1 for update';
      const before = (await client.query<{ version: number }>(sql, [uuid(caller.workspace)])).rows[0];
      if (!isSeen(seen, before?.version ?? 0)) return refused('ChangedMeanwhile');
      const { rows } = await client.query<RetentionSettings>(
        `insert into testmesh.retention (workspace_id, runs_days) values ($1, $2)
         on conflict (workspace_id) do update set runs_days = excluded.runs_days,
           version = retention.version + 1, updated_at = now()
         returning runs_days as "runsDays", version`,
        [uuid(caller.workspace), runsDays],
      );
      const settings = only(rows);
      record('RetentionChanged', { runs_days: runsDays, version: settings.version });
      return changed(settings);
    }),
  runsDays: async () => {
    const sql =
      'select workspace_id::text as id, runs_days as days from testmesh.retention where runs_days is not null';
    const { rows } = await store.pool.query<{ id: string; days: number }>(sql);
    return new Map(rows.map(({ id, days }) => [id, days]));
  },
  retire: () => inTransaction(store.pool, retire),
  neededBlobs: async () => (await store.pool.query<{ hash: string }>(NEEDED)).rows.map(({ hash }) => hash),
  retired: async (workspace, runId) => {
    const sql = `select sha256 from testmesh.retired_views where workspace = $1 and stream = 'run-' || $2`;
    return (await store.pool.query<{ sha256: string }>(sql, [workspace, runId])).rows[0]?.sha256;
  },
});

const NEEDED = `select f.value as hash from testmesh.flows, json_each_text(files) f
  union select f.value from testmesh.flow_versions, json_each_text(files) f
  union select blob from testmesh.dataset_versions where blob is not null`;

const AT_ONCE = 500;

/** The first moment of the oldest day that a workspace keeps. */
const KEPT_SINCE = `((now() at time zone 'UTC')::date - r.runs_days)::timestamp at time zone 'UTC'`;

// Run ids begin with the time they were made; days of the journal go by the same.
const FIRST_KEPT = `regexp_replace(lpad(to_hex((extract(epoch from ${KEPT_SINCE}) * 1000)::bigint), 12, '0'),
    '^(.{8})', '\\1-')`;

// The bytes go, their hash stays: the archive can be held against it.
const VIEWS = `with old as (
    select v.projector, v.stream from testmesh.retention r join testmesh.run_view v on v.workspace = r.workspace_id::text
    where v.status = 'finished' and v.run_id < ${FIRST_KEPT} limit ${AT_ONCE}
  ), kept as (
    insert into testmesh.retired_views (stream, workspace, sha256)
    select v.stream, v.workspace, v.sha256 from testmesh.run_view v join old using (projector, stream)
    where v.sha256 is not null and v.${SHOWN_RUNS}
    on conflict (stream) do update set sha256 = excluded.sha256
  )
  delete from testmesh.run_view v using old where v.projector = old.projector and v.stream = old.stream`;

const HISTORY: readonly string[] = [
  `testmesh.schedule_runs t using testmesh.retention r where r.workspace_id = t.workspace_id
     and t.state in ('ended', 'missed') and t.scheduled_at < ${KEPT_SINCE}`,
  `testmesh.suite_runs t using testmesh.retention r where r.workspace_id = t.workspace_id
     and t.ended_at < ${KEPT_SINCE}`,
  `testmesh.dataset_runs t using testmesh.retention r where r.workspace_id = t.workspace_id
     and t.ended_at < ${KEPT_SINCE}`,
  // Hosts send a body again for days: as long as its delivery is kept it starts nothing a second time.
  `testmesh.git_deliveries t using testmesh.git_trigger_rules g, testmesh.retention r
   where g.id = t.rule_id and r.workspace_id = g.workspace_id
     and t.received_at < ${KEPT_SINCE} and t.received_at < now() - interval '30 days'`,
  `testmesh.notifications t using testmesh.retention r where r.workspace_id = t.workspace_id
     and t.created_at < ${KEPT_SINCE}`,
];

const retire = async (client: pg.ClientBase): Promise<boolean> => {
  const { rowCount } = await client.query(VIEWS);
  for (const old of HISTORY) await client.query(`delete from ${old}`);
  return rowCount === AT_ONCE;
};
