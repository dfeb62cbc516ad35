import type { Pool } from 'pg';

/** A day whose runs are in the database. */
export interface JournalDay {
  /** `2026-11-21`, UTC. */
  readonly day: string;
  /** Of the runs that were born on it. */
  readonly workspaces: readonly string[];
}

const DAYS = `select to_char(d, 'YYYY-MM-DD') as day,
    array(select distinct h.workspace from journal.head h where h.born = d::date) as workspaces
  from generate_series((select min(born) from journal.head where born > '1970-01-01'),
    (now() at time zone 'UTC')::date - 1, interval '1 day') d
  where to_regclass('journal.' || journal.partition_of(d::date)) is not null order by d`;

/** The days before today whose runs are in the database, the oldest first. */
export const journalDays = async (pool: Pool): Promise<readonly JournalDay[]> =>
  (await pool.query<JournalDay>(DAYS)).rows;

/** Does the work unless somebody else is at it; false then. The lock goes with its connection. */
export const alone = async (pool: Pool, name: string, work: () => Promise<void>): Promise<boolean> => {
  const client = await pool.connect();
  try {
    const sql = `select pg_try_advisory_lock(hashtextextended($1, 0)) as "isMine"`;
    const { rows } = await client.query<{ readonly isMine: boolean }>(sql, [name]);
    if (rows[0]?.isMine !== true) return false;
    try {
      await work();
    } finally {
      await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]);
    }
    return true;
  } finally {
    client.release();
  }
};

/** The days whose runs left the database. */
export const archivedDays = async (pool: Pool): Promise<readonly string[]> => {
  const sql = `select distinct to_char(day, 'YYYY-MM-DD') as day from journal.archives order by 1`;
  return (await pool.query<{ readonly day: string }>(sql)).rows.map(({ day }) => day);
};
