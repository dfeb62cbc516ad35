import type { JournalFigures, PoolFigures } from '@testmesh/ports';
import type { Pool } from 'pg';
import { placeOf, postgresFeed } from './postgres-feed.ts';

const POOLS = `select pool, state, count(*)::int as runs,
    (extract(epoch from clock_timestamp() - min(enqueued)) * 1000)::float8 as "oldestMs"
  from journal.run_queue group by pool, state order by pool, state`;

const LEASES = `select (extract(epoch from min(lease_until) - clock_timestamp()) * 1000)::float8 as left
  from journal.run_queue where state = 'running'`;

// What no reader may take yet is no lag of theirs.
const LAG = `select greatest(0, (journal.now_us() - at) / 1000.0)::float8 as lag from journal.events
  where (xid, gpos) > ($1::xid8, $2::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
  order by xid, gpos limit 1`;

/** Figures of the queue, its leases and the journal's readers, asked of the database when they are wanted. */
export const postgresFigures = (pool: Pool): JournalFigures => {
  const feed = postgresFeed(pool);
  return {
    now: async () => {
      const [pools, leases, horizonAgeMs] = await Promise.all([
        pool.query<PoolFigures>(POOLS),
        pool.query<{ readonly left: number | null }>(LEASES),
        feed.horizonAgeMs(),
      ]);
      return { pools: pools.rows, leaseLeftMs: leases.rows[0]?.left ?? undefined, horizonAgeMs };
    },
    lagMs: async (cursor) => (await pool.query<{ readonly lag: number }>(LAG, [...placeOf(cursor)])).rows[0]?.lag ?? 0,
  };
};

// Positions have gaps, where somebody had taken one and not used it: near enough for people who wait.
const SHARE = `select coalesce(greatest(0, least(1, ($1::float8 - first.gpos) / nullif(last.gpos - first.gpos, 0))), 1)::float8 as share
  from (select gpos from journal.events order by xid, gpos limit 1) first,
    (select gpos from journal.events order by xid desc, gpos desc limit 1) last`;

/** How much of the journal lies before a place in it, from 0 to 1. */
export const shareRead =
  (pool: Pool) =>
  async (cursor: string): Promise<number> => {
    const [, position] = placeOf(cursor);
    return (await pool.query<{ readonly share: number }>(SHARE, [position])).rows[0]?.share ?? 1;
  };
