// What is left of runs that are gone. Invariants:
// W1. A body goes when no run in the database is as old as its last use, and no row of configuration names it.
// W2. It is whole in the archive before it leaves the database.
// W3. Secrets of a run that was asked for half-way, or has ended, are deleted a day later.
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Pool } from 'pg';

const AT_ONCE = 50;

export const blobFile = (folder: string, name: string): string => join(folder, 'blobs', name.slice(0, 2), name);

// An hour for uses that were not noted again, a day for runs that were given an early id.
const UNUSED = `with oldest as (
    select coalesce(min(d)::timestamptz, now()) as day from generate_series(
      (select min(born) from journal.head where born > '1970-01-01'), (now() at time zone 'UTC')::date, interval '1 day') d
    where to_regclass('journal.' || journal.partition_of(d::date)) is not null
  )
  select b.hash, b.bytes from journal.blobs b, oldest
  where b.used_at < oldest.day - interval '1 day 1 hour' and b.hash <> all($1) limit ${AT_ONCE}`;

/** Moves bodies that nothing needs to the archive; true when there may be more. */
export const sweepBlobs = async (pool: Pool, needed: readonly string[], folder: string): Promise<boolean> => {
  const { rows } = await pool.query<{ readonly hash: string; readonly bytes: Buffer }>(UNUSED, [needed]);
  for (const { hash, bytes } of rows) await keepFile(blobFile(folder, hash), bytes);
  // One that was used again meanwhile is younger now.
  await pool.query(`delete from journal.blobs where hash = any($1) and used_at < now() - interval '1 day'`, [
    rows.map(({ hash }) => hash),
  ]);
  return rows.length === AT_ONCE;
};

const keepFile = async (file: string, bytes: Uint8Array): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(`${file}.draft`, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.draft`, file);
};

/** Deletes what runs needed of secrets that never began or have ended; how many values. */
export const sweepSecrets = async (pool: Pool): Promise<number> => {
  await pool.query(
    `delete from journal.run_blobs b where not exists (select from journal.run_queue q where q.run_id = b.run_id)`,
  );
  const sql = `delete from journal.run_secrets s
    where journal.born('run-' || s.run_id) < (now() at time zone 'UTC')::date - 1
      and not exists (select from journal.head h where h.stream = 'run-' || s.run_id and not h.terminal)`;
  return (await pool.query(sql)).rowCount ?? 0;
};
