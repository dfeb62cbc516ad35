import { newRunId } from '@testmesh/runtime';
import type { Database } from './world.ts';

const COPY = `insert into journal.events (born, stream, ver, at, id, type, chain, body)
  select journal.born(c.stream), c.stream, e.ver, e.at, e.id, e.type, e.chain,
      convert_to(replace(convert_from(e.body, 'UTF8'), $1, c.stream), 'UTF8')
    from unnest($2::text[]) as c (stream) cross join journal.events e
    where e.born = journal.born($1) and e.stream = $1 order by c.stream, e.ver`;

const HEADS = `insert into journal.head (stream, born, workspace, ver, epoch, terminal, chain)
  select c.stream, journal.born(c.stream), h.workspace, h.ver, h.epoch, h.terminal, h.chain
    from unnest($2::text[]) as c (stream) cross join journal.head h where h.stream = $1`;

/** The same run many times over, as the journal would hold it; how many events that makes. */
export const copyRun = async ({ pool }: Pick<Database, 'pool'>, runId: string, copies: number): Promise<number> => {
  const original = `run-${runId}`;
  let events = 0;
  for (let made = 0; made < copies; made += 200) {
    const streams = Array.from({ length: Math.min(200, copies - made) }, () => `run-${newRunId()}`);
    await pool.query(HEADS, [original, streams]);
    events += (await pool.query(COPY, [original, streams])).rowCount ?? 0;
  }
  await pool.query('vacuum analyze journal.events');
  return events;
};
