import type { ClaimRequest, RunQueue, ServedPools } from '@testmesh/ports';
import type { Pool } from 'pg';

// Who asks for runs of which pool, noted beside the queue. Invariants:
// W1. An executor is noted when it asks and while it carries runs: one that is full and asks for no more still serves its pools.
// W2. It is a hint: it decides nothing, and costs a statement of an executor every `NOTE_EVERY_MS` at most.

export interface WatchedQueue {
  readonly queue: RunQueue;
  readonly servedPools: ServedPools;
}

const NOTE_EVERY_MS = 15_000;
/** Several notes may be lost or late before anybody is told that nobody is there. */
const SERVED_FOR_MS = 60_000;

// Rows of executors that are long gone go on the way; one that somebody else has in hand is left to them.
const NOTE = `with gone as (
    delete from journal.served_pools where ctid in (
      select ctid from journal.served_pools where seen_at < clock_timestamp() - interval '1 day' for update skip locked)
  )
  insert into journal.served_pools (executor, pool, workspace, seen_at)
    select $1, pool, $3, clock_timestamp() from (select distinct unnest($2::text[]) as pool) as asked
    on conflict (executor, pool, workspace) do update set seen_at = excluded.seen_at`;

const STILL_THERE = 'update journal.served_pools set seen_at = clock_timestamp() where executor = $1';

const IS_SERVED = `select exists (select from journal.served_pools
  where pool = $1 and workspace in ('', $2) and seen_at > clock_timestamp() - $3 * interval '1 millisecond') as served`;

export const watchedQueue = (
  queue: RunQueue,
  pool: Pool,
  now: () => number = performance.now.bind(performance),
): WatchedQueue => {
  const notes = new Notes(now);
  const asked = async ({ executor, pools, workspace = '' }: ClaimRequest): Promise<void> => {
    if (notes.isDue(JSON.stringify([executor, pools, workspace]))) await pool.query(NOTE, [executor, pools, workspace]);
  };
  return {
    queue: {
      ...queue,
      claim: async (request) => {
        await asked(request);
        return queue.claim(request);
      },
      heartbeat: async (executor, runs, leaseMs) => {
        if (notes.isDue(executor)) await pool.query(STILL_THERE, [executor]);
        return queue.heartbeat(executor, runs, leaseMs);
      },
    },
    servedPools: {
      isServed: async (name, workspace) => {
        const { rows } = await pool.query<{ served: boolean }>(IS_SERVED, [name, workspace, SERVED_FOR_MS]);
        return rows[0]?.served === true;
      },
    },
  };
};

/** Agents come and go: what is remembered of them is bounded. */
const MOST_NOTES = 10_000;

class Notes {
  readonly #now: () => number;
  readonly #at = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  isDue(key: string): boolean {
    const at = this.#at.get(key);
    if (at !== undefined && this.#now() - at < NOTE_EVERY_MS) return false;
    if (this.#at.size >= MOST_NOTES) this.#at.clear();
    this.#at.set(key, this.#now());
    return true;
  }
}
