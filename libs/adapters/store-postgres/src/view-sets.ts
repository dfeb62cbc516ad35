import type { ShowResult, ViewRebuild, ViewSets } from '@testmesh/ports';
import type pg from 'pg';
import { inTransaction, only, type Queryable } from './rows.ts';
import { RUN_VIEWS } from './run-views.ts';

// S1. One rebuild at a time: its row says so, and whoever comes second is refused.
// S2. The new set is shown when it is at least as far as the one before it and shows every stream of it: nobody sees less
//     than a moment ago. Both checkpoints are locked meanwhile.
// S3. Names of sets are never given again: what a process writes that has not heard of the change is never shown.
// S4. What cannot be counted anew, because its events left the database, is taken over.

interface ViewSetSettings {
  /** Days whose events left the database, `2026-11-21`. */
  readonly archivedDays: () => Promise<readonly string[]>;
}

const MS = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;
const COLUMNS = `projector, replaces, phase, requested_by as "requestedBy", ${MS('requested_at')} as "requestedAt",
  ${MS('decided_at')} as "decidedAt", ${MS('tidied_at')} as "tidiedAt"`;

/** The sets of the views of runs. */
export const postgresViewSets = (pool: pg.Pool, settings: ViewSetSettings): ViewSets => ({
  now: async () => {
    const [shown, rebuild] = await Promise.all([shownBy(pool), rebuildOf(pool)]);
    return { shown, ...(rebuild !== undefined && { rebuild }) };
  },
  begin: async (requestedBy) => (await pool.query<ViewRebuild>(BEGIN, [RUN_VIEWS, requestedBy])).rows[0],
  showRebuilt: async () => {
    const days = await settings.archivedDays();
    return inTransaction(pool, (client) => showRebuilt(client, days));
  },
  cancel: async () => {
    const sql = `update testmesh.view_rebuilds set phase = 'cancelled', decided_at = now()
      where view = $1 and phase = 'building'`;
    return (await pool.query(sql, [RUN_VIEWS])).rowCount === 1;
  },
  tidy: () => inTransaction(pool, tidySome),
});

const BEGIN = `insert into testmesh.view_rebuilds as r (view, built, projector, replaces, phase, requested_by)
  values ($1, 2, $1 || '.2', coalesce((select projector from testmesh.serving_views where view = $1), $1), 'building', $2)
  on conflict (view) do update set built = r.built + 1, projector = $1 || '.' || (r.built + 1), replaces = excluded.replaces,
    phase = 'building', requested_by = excluded.requested_by, requested_at = now(), decided_at = null, tidied_at = null
  where r.tidied_at is not null
  returning ${COLUMNS}`;

const shownBy = async (db: Queryable): Promise<string> => {
  const sql = 'select projector from testmesh.serving_views where view = $1';
  return (await db.query<{ projector: string }>(sql, [RUN_VIEWS])).rows[0]?.projector ?? RUN_VIEWS;
};

const rebuildOf = async (db: Queryable, lock = ''): Promise<ViewRebuild | undefined> => {
  const sql = `select ${COLUMNS} from testmesh.view_rebuilds where view = $1 ${lock}`;
  return (await db.query<ViewRebuild>(sql, [RUN_VIEWS])).rows[0];
};

const showRebuilt = async (client: Queryable, archivedDays: readonly string[]): Promise<ShowResult> => {
  const rebuild = await rebuildOf(client, 'for update');
  if (rebuild?.phase !== 'building') return 'not-building';
  const sets = [rebuild.projector, rebuild.replaces];
  if (await isBehind(client, sets)) return 'behind';
  if (only((await client.query<{ lacks: boolean }>(LACKS, sets)).rows).lacks) return 'set-aside';
  for (const sql of TAKE_OVER) await client.query(sql, [...sets, archivedDays]);
  await client.query(
    `insert into testmesh.serving_views (view, projector) values ($1, $2)
     on conflict (view) do update set projector = excluded.projector, since = now()`,
    [RUN_VIEWS, rebuild.projector],
  );
  const done = `update testmesh.view_rebuilds set phase = 'switched', decided_at = now() where view = $1`;
  await client.query(done, [RUN_VIEWS]);
  return 'shown';
};

/** Holds both checkpoints until the transaction ends; neither set goes on meanwhile. */
const isBehind = async (client: Queryable, sets: readonly string[]): Promise<boolean> => {
  const { rows } = await client.query<{ projector: string; cursor: string }>(
    'select projector, cursor from testmesh.projection_checkpoint where projector = any($1) order by 1 for update',
    [sets],
  );
  const [built, shown] = sets.map((name) => placeOf(rows.find(({ projector }) => projector === name)?.cursor));
  if (built === undefined || shown === undefined) return true;
  return built[0] === shown[0] ? built[1] < shown[1] : built[0] < shown[0];
};

/** A cursor is the number of a transaction and a position, `812:4711`. */
const placeOf = (cursor = ''): readonly [bigint, bigint] => {
  const [transaction = '', position = ''] = cursor.split(':');
  return [BigInt(transaction), BigInt(position)];
};

// What was set aside stands at an earlier event in the new set, or is not in it.
const LACKS = `select exists (select from testmesh.parked_streams p
    join testmesh.run_view s on s.projector = $2 and s.stream = p.stream
    left join testmesh.run_view b on b.projector = $1 and b.stream = p.stream
    where p.projector = $1 and s.ver > coalesce(b.ver, 0)) as lacks`;

const DAY_COLUMNS = `workspace, day, flow_name, flow_id, environment, runs, passed, failed, errors, cancelled, timed_out,
  duration_us, steps_passed, steps_failed`;

const COVERAGE_COLUMNS = `workspace, flow, flow_id, flow_name, kind, system, name, action, last_run_id, last_verdict, last_at`;

// Run ids begin with the time they were made, in milliseconds; days of the journal go by the same.
const DAY_OF_RUN = `case when last_run_id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-' then (to_timestamp(
    ('x' || left(replace(last_run_id, '-', ''), 12))::bit(48)::bigint / 1000.0) at time zone 'UTC')::date end`;

const TAKE_OVER: readonly string[] = [
  'delete from testmesh.flow_day where projector = $1 and projector <> $2 and day = any($3::date[])',
  `insert into testmesh.flow_day (projector, ${DAY_COLUMNS})
   select $1, ${DAY_COLUMNS} from testmesh.flow_day where projector = $2 and day = any($3::date[])`,
  `insert into testmesh.coverage_view as c (projector, ${COVERAGE_COLUMNS})
   select $1, ${COVERAGE_COLUMNS} from testmesh.coverage_view where projector = $2 and ${DAY_OF_RUN} = any($3::date[])
   on conflict (projector, workspace, kind, system, name, flow, action) do update
     set flow_name = excluded.flow_name, last_run_id = excluded.last_run_id, last_verdict = excluded.last_verdict,
       last_at = excluded.last_at
     where c.last_run_id < excluded.last_run_id`,
];

const AT_ONCE = 2000;

/** Of this view and neither shown nor built: left over, or written by a process that had not heard of the change. */
const STRAYS = `select projector as name from testmesh.projection_checkpoint
  where (projector = $1 or projector like $1 || '.%') and projector <> $2`;

const DELETE_SOME = `with old as (
    select projector, stream from testmesh.run_view where projector = any($1) limit ${AT_ONCE}
  )
  delete from testmesh.run_view v using old where v.projector = old.projector and v.stream = old.stream`;

const TABLES_OF_A_SET = ['flow_day', 'coverage_view', 'parked_streams', 'projection_checkpoint'];

const tidySome = async (client: Queryable): Promise<boolean> => {
  const rebuild = await rebuildOf(client, 'for update');
  if (rebuild === undefined || rebuild.phase === 'building' || rebuild.tidiedAt !== null) return false;
  const { rows } = await client.query<{ name: string }>(STRAYS, [RUN_VIEWS, await shownBy(client)]);
  const names = rows.map(({ name }) => name);
  if ((await client.query(DELETE_SOME, [names])).rowCount === AT_ONCE) return true;
  for (const table of TABLES_OF_A_SET) {
    await client.query(`delete from testmesh.${table} where projector = any($1)`, [names]);
  }
  await client.query('update testmesh.view_rebuilds set tidied_at = now() where view = $1', [RUN_VIEWS]);
  return false;
};
