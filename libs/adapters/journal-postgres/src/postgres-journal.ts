import type { RecordedEvent } from '@testmesh/domain';
import type { Journal } from '@testmesh/ports';
import DataLoader from 'dataloader';
import type { Pool } from 'pg';
import { readArchive } from './archive-file.ts';
import { appendBatches } from './batch.ts';
import { EVENT_COLUMNS, type EventRow, recordedEvent } from './recorded-event.ts';

export interface PostgresJournalOptions {
  /** Where archived days lie, so that their runs can still be read. */
  readonly archive?: string;
}

/** The journal in PostgreSQL; the pool stays its owner's to end. */
export const postgresJournal = (pool: Pool, { archive }: PostgresJournalOptions = {}): Journal => {
  const pages = pageLoader(pool);
  return {
    append: async (stream, expectedVer, epoch, events) => {
      const [result] = await appendBatches(pool, [{ stream, expectedVer, epoch, events }]);
      if (result === undefined) throw new Error(`the journal gave no answer to an append to ${stream}`);
      return result;
    },
    appendMany: (batches) => appendBatches(pool, batches),
    read: (stream, afterVer = 0) => readStream({ pool, pages, archive, stream }, afterVer),
    close: async () => undefined,
  };
};

interface Reading {
  readonly pool: Pool;
  readonly pages: PageLoader;
  readonly archive: string | undefined;
  readonly stream: string;
}

const PAGE = 500;

interface Wanted {
  readonly stream: string;
  readonly after: number;
}

type PageLoader = DataLoader<Wanted, readonly EventRow[]>;

/** Pages may be long: so many go into one answer. */
const PAGES_AT_ONCE = 16;

/** Runs that are claimed together begin together: the first pages of their histories are one statement. */
const pageLoader = (pool: Pool): PageLoader =>
  new DataLoader(
    // What PostgreSQL cannot read of one of them must not fail the others.
    (wanted) =>
      pagesOf(pool, wanted).catch((error: Error) => (wanted.length === 1 ? [error] : eachAlone(pool, wanted))),
    { cache: false, maxBatchSize: PAGES_AT_ONCE },
  );

type Pages = readonly (readonly EventRow[])[];

const pagesOf = async (pool: Pool, wanted: readonly Wanted[]): Promise<Pages> => {
  const values = wanted.flatMap(({ stream, after }) => [stream, after]);
  const { rows } = await pool.query<PageRow>(readPages(wanted.length), values);
  const pages = Map.groupBy(rows, ({ nth }) => nth);
  return wanted.map((_, nth) => pages.get(nth) ?? []);
};

const eachAlone = (pool: Pool, wanted: readonly Wanted[]): Promise<readonly (readonly EventRow[] | Error)[]> =>
  Promise.all(
    wanted.map((one) =>
      pagesOf(pool, [one]).then(
        ([rows = []]) => rows,
        (error: Error) => error,
      ),
    ),
  );

interface PageRow extends EventRow {
  readonly nth: number;
}

// Each page by parameters of its own, so that the planner opens the partition of its day and no other.
const readPages = (wanted: number): string => {
  const pages = Array.from({ length: wanted }, (_, nth) => {
    const [stream, after] = [`$${2 * nth + 1}`, `$${2 * nth + 2}`];
    return `(select ${nth} as nth, ${EVENT_COLUMNS} from journal.events
      where born = journal.born(${stream}) and stream = ${stream} and ver > ${after} order by ver limit ${PAGE})`;
  });
  return `select * from (${pages.join(' union all ')}) as page order by nth, ver`;
};

async function* readStream(reading: Reading, afterVer: number): AsyncIterable<RecordedEvent> {
  let last = afterVer;
  while (true) {
    const rows = await reading.pages.load({ stream: reading.stream, after: last });
    // What of it cannot be read fails whoever reads this stream, and nobody else.
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
