import type { RecordedEvent } from '@testmesh/domain';
import type { Journal } from '@testmesh/ports';
import type { Pool } from 'pg';
import { readArchive } from './archive-file.ts';
import { appendBatches } from './batch.ts';
import { EVENT_COLUMNS, type EventRow, recordedEvent } from './recorded-event.ts';

export interface PostgresJournalOptions {
  /** Where archived days lie, so that their runs can still be read. */
  readonly archive?: string;
}

/** The journal in PostgreSQL; the pool stays its owner's to end. */
export const postgresJournal = (pool: Pool, { archive }: PostgresJournalOptions = {}): Journal => ({
  append: async (stream, expectedVer, epoch, events) => {
    const [result] = await appendBatches(pool, [{ stream, expectedVer, epoch, events }]);
    if (result === undefined) throw new Error(`the journal gave no answer to an append to ${stream}`);
    return result;
  },
  appendMany: (batches) => appendBatches(pool, batches),
  read: (stream, afterVer = 0) => readStream({ pool, archive, stream }, afterVer),
  close: async () => undefined,
});

interface Reading {
  readonly pool: Pool;
  readonly archive: string | undefined;
  readonly stream: string;
}

const PAGE = 500;

const READ = `select ${EVENT_COLUMNS} from journal.events
  where born = journal.born($1) and stream = $1 and ver > $2 order by ver limit ${PAGE}`;

async function* readStream(reading: Reading, afterVer: number): AsyncIterable<RecordedEvent> {
  let last = afterVer;
  while (true) {
    const { rows } = await reading.pool.query<EventRow>(READ, [reading.stream, last]);
    yield* rows.map(recordedEvent);
    last += rows.length;
    if (rows.length === 0) return yield* readArchived(reading, last);
    if (rows.length < PAGE) return;
  }
}

// A head that is further than its events lost them to the archive.
const ARCHIVED = `select encode(h.chain, 'hex') as chain from journal.head h
  where h.stream = $1 and h.ver > $2
    and not exists (select from journal.events e where e.born = h.born and e.stream = h.stream and e.ver = h.ver)`;

async function* readArchived({ pool, archive, stream }: Reading, afterVer: number): AsyncIterable<RecordedEvent> {
  const [head] = (await pool.query<{ readonly chain: string }>(ARCHIVED, [stream, afterVer])).rows;
  if (head === undefined) return;
  if (archive === undefined) throw new Error(`${stream} was archived, and this journal was given no archive folder`);
  let chain = '';
  for await (const event of readArchive(archive, stream)) {
    chain = event.chain;
    if (event.ver > afterVer) yield event;
  }
  if (chain !== head.chain) throw new Error(`the archive in ${archive} does not hold ${stream} as the journal had it`);
}
