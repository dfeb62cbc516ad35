import type { Pool } from 'pg';

/** Work that copies of a process take in turns: one that dies or is stopped loses its turn when its time is over. */
export interface Turns {
  /** Takes the turn or keeps it for so long; false while somebody else has it. */
  readonly take: (name: string, holder: string, ms: number) => Promise<boolean>;
}

const TAKE = `insert into journal.turns as turn (name, holder, until)
  values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
  on conflict (name) do update set holder = excluded.holder, until = excluded.until
    where turn.holder = excluded.holder or turn.until < clock_timestamp()`;

export const postgresTurns = (pool: Pool): Turns => ({
  take: async (name, holder, ms) => (await pool.query(TAKE, [name, holder, ms])).rowCount === 1,
});
