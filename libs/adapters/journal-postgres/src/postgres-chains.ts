// Follows the chains of streams where they lie. What is looked for, event by event:
// V1. Versions are 1, 2, 3 … up to the head's: none is missing, none is behind it.
// V2. An event's chain value is the sha256 of the one before and its own bytes; the last one is the head's.
// V3. The columns that are read beside the bytes say what the bytes say.
// Who changes bytes and every chain value after them, and the head, is found by what left the database only: docs/reliability.md.
import type { ChainPlace, ChainVerdict, JournalChains } from '@testmesh/ports';
import type { Pool } from 'pg';
import { DamagedArchive, readArchive } from './archive-file.ts';
import type { PostgresJournalOptions } from './postgres-journal.ts';

/** Events of one look at the database, and of one answer about many streams. */
const LOOK = 2000;
const MOST_EVENTS = 40_000;
const STREAMS = 200;

export const postgresChains = (pool: Pool, { archive }: PostgresJournalOptions = {}): JournalChains => {
  const reading = { pool, archive };
  return {
    verify: async (workspace, stream) => {
      const { rows } = await pool.query<{ workspace: string }>(OWNER, [stream]);
      if (rows[0]?.workspace !== workspace) return undefined;
      const looked = await follow(reading, { stream, ver: 0, chain: '' }, Number.POSITIVE_INFINITY);
      return looked.verdict;
    },
    verifyKept: (workspace, from) => verifyKept(reading, workspace, from),
  };
};

interface Reading {
  readonly pool: Pool;
  readonly archive: string | undefined;
}

const OWNER = 'select workspace from journal.head where stream = $1';

const KEPT = `select stream from journal.head
  where born = date '0001-01-01' and workspace = $1 and stream >= $2 order by stream limit ${STREAMS + 1}`;

const verifyKept = async (reading: Reading, workspace: string, from?: ChainPlace) => {
  const { rows } = await reading.pool.query<{ stream: string }>(KEPT, [workspace, from?.stream ?? '']);
  const verdicts: ChainVerdict[] = [];
  let left = MOST_EVENTS;
  for (const [at, { stream }] of rows.entries()) {
    const start = stream === from?.stream ? from : { stream, ver: 0, chain: '' };
    if (left <= 0 || at === STREAMS) return { verdicts, next: start };
    const looked = await follow(reading, start, left);
    if (looked.next !== undefined) return { verdicts, next: looked.next };
    if (looked.verdict !== undefined) verdicts.push(looked.verdict);
    left -= Math.max(1, looked.read);
  }
  return { verdicts };
};

interface Followed {
  readonly verdict?: ChainVerdict | undefined;
  /** Where to go on, when as many events were read as may be. */
  readonly next?: ChainPlace;
  readonly read: number;
}

const follow = async (reading: Reading, start: ChainPlace, most: number): Promise<Followed> => {
  let place = start;
  for (let read = 0; ; ) {
    if (read >= most) return { next: place, read };
    const look = await lookAt(reading.pool, place);
    read += look.read;
    const verdict = verdictOf(place, look);
    if (verdict === 'archived') return { verdict: await verifyArchived(reading, place.stream, look), read };
    if (verdict !== 'more') return { verdict, read };
    place = { stream: place.stream, ver: look.ver, chain: look.chain };
  }
};

interface Look {
  /** Up to which event, and its chain value. */
  readonly ver: number;
  readonly chain: string;
  readonly read: number;
  readonly wrong: number | null;
  readonly how: 'altered' | 'missing' | null;
  readonly headVer: number | null;
  readonly headChain: string | null;
}

// One statement, so that the head is that of the events. Canonical JSON has its keys in order: no byte has to be read as JSON.
const LOOK_AT = `with read as (
    select ver, id, type, chain, body, lag(chain, 1, decode($3, 'hex')) over (order by ver) as before,
      row_number() over (order by ver)::int as nth
    from (select ver, id, type, chain, body from journal.events
      where born = journal.born($1) and stream = $1 and ver > $2 order by ver limit ${LOOK}) part
  ), judged as (
    select ver, chain, $2::int + nth as due, case
      when ver <> $2::int + nth then 'missing'
      when chain <> sha256(convert_to(encode(before, 'hex'), 'UTF8') || body) then 'altered'
      when position(convert_to('"id":' || to_json(id)::text || ',"stream":' || to_json($1::text)::text || ',', 'UTF8') in body) = 0
        or position(convert_to('"type":' || to_json(type)::text || ',"workspace":', 'UTF8') in body) = 0 then 'altered'
    end as how from read
  )
  select coalesce(max(j.ver), $2::int) as ver, coalesce(encode((array_agg(j.chain order by j.ver desc))[1], 'hex'), $3) as chain,
    count(j.ver)::int as read, min(j.due) filter (where j.how is not null) as wrong,
    (array_agg(j.how order by j.due) filter (where j.how is not null))[1] as how,
    (select ver from journal.head where stream = $1) as "headVer",
    (select encode(chain, 'hex') from journal.head where stream = $1) as "headChain"
  from judged j`;

const lookAt = async (pool: Pool, { stream, ver, chain }: ChainPlace): Promise<Look> => {
  const [look] = (await pool.query<Look>(LOOK_AT, [stream, ver, chain])).rows;
  if (look === undefined) throw new Error(`the journal gave no answer about the chain of ${stream}`);
  return look;
};

const verdictOf = (place: ChainPlace, look: Look): ChainVerdict | undefined | 'more' | 'archived' => {
  const { stream } = place;
  const { ver, headVer } = look;
  const broken = (at: number, how: 'altered' | 'missing' | 'added'): ChainVerdict => ({
    stream,
    events: at - 1,
    broken: { ver: at, how },
  });
  if (look.wrong !== null && look.how !== null) return broken(look.wrong, look.how);
  if (look.read === LOOK) return 'more';
  if (headVer === null) return undefined;
  if (ver === 0 && headVer > 0 && stream.startsWith('run-')) return 'archived';
  if (ver < headVer) return broken(ver + 1, 'missing');
  if (ver > headVer) return broken(headVer + 1, 'added');
  return look.headChain === null || look.chain === look.headChain ? { stream, events: ver } : broken(ver, 'altered');
};

/** A run whose events left for a file: it is read there, and ends as its head says. */
const verifyArchived = async (
  { archive }: Reading,
  stream: string,
  { headVer, headChain }: Look,
): Promise<ChainVerdict> => {
  if (archive === undefined) throw new Error(`${stream} was archived, and this journal was given no archive folder`);
  let events = 0;
  let chain = '';
  const broken = (ver: number, how: 'altered' | 'missing'): ChainVerdict => ({
    stream,
    events: ver - 1,
    broken: { ver, how },
  });
  try {
    for await (const event of readArchive(archive, stream)) {
      events = event.ver;
      chain = event.chain;
    }
  } catch (error) {
    if (error instanceof DamagedArchive) return broken(error.ver, 'altered');
    if (isUnreadable(error)) return broken(events + 1, 'altered');
    throw error;
  }
  if (events !== headVer) return broken(events + 1, 'missing');
  return chain === headChain ? { stream, events } : broken(events, 'altered');
};

/** What gunzip and the reading of JSON say of bytes that are not what was written. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof SyntaxError || String((error as { readonly code?: unknown }).code).startsWith('Z_');
