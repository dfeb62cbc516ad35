// Moves a day of runs out of the database.
// A1. A day leaves only when every run born on it has ended: what has ended never changes.
// A2. The file is whole and on the disk before the partition is dropped; until then nothing is lost by trying again.
// A3. A run that appears between the two is noticed by the count of heads, and the day stays.
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ClientBase, Pool } from 'pg';
import { type ArchivedRow, archiveFile, lineOf } from './archive-file.ts';
import { EVENT_COLUMNS } from './recorded-event.ts';
import { inTransaction } from './transaction.ts';

export type ArchiveOutcome =
  | { readonly outcome: 'archived'; readonly file: string; readonly streams: number; readonly events: number }
  /** So many of the day's runs have not ended. */
  | { readonly outcome: 'open'; readonly streams: number }
  /** A run was added meanwhile: nothing was dropped. */
  | { readonly outcome: 'changed' }
  /** The day has no partition. */
  | { readonly outcome: 'absent' };

const PAGE = 1000;

/** Writes the events of `day` (`2026-11-21`, UTC) to a file in `folder` and drops their partition. */
export const archivePartition = async (pool: Pool, day: string, folder: string): Promise<ArchiveOutcome> => {
  const written = await inTransaction(pool, (client) => write(client, day, folder));
  if (!('streams' in written) || written.outcome !== 'archived') return written;
  return inTransaction(pool, (client) => drop(client, day, written));
};

type Archived = Extract<ArchiveOutcome, { readonly outcome: 'archived' }>;

interface Day {
  readonly exists: boolean;
  readonly heads: number;
  readonly open: number;
  readonly part: number;
}

const DAY = `select to_regclass('journal.' || journal.partition_of($1::date)) is not null as exists,
    (select count(*)::int from journal.head where born = $1::date) as heads,
    (select count(*)::int from journal.head where born = $1::date and not terminal) as open,
    (select count(*)::int + 1 from journal.archives where day = $1::date) as part`;

const write = async (client: ClientBase, day: string, folder: string): Promise<ArchiveOutcome> => {
  await client.query('set transaction isolation level repeatable read');
  const found = (await client.query<Day>(DAY, [day])).rows[0];
  if (found === undefined || !found.exists) return { outcome: 'absent' };
  if (found.open > 0) return { outcome: 'open', streams: found.open };
  await mkdir(folder, { recursive: true });
  const file = join(folder, archiveFile(day, found.part));
  const counts = { streams: 0, events: 0 };
  const handle = await open(`${file}.draft`, 'w');
  try {
    await pipeline(Readable.from(linesOf(client, day, counts)), createGzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await handle.writeFile(chunk);
    });
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.draft`, file);
  await syncFolder(folder);
  return { outcome: 'archived', file, ...counts };
};

async function* linesOf(client: ClientBase, day: string, counts: { streams: number; events: number }) {
  const page = `select stream, ${EVENT_COLUMNS} from journal.events
    where born = $1::date and (stream, ver) > ($2, $3) order by stream, ver limit ${PAGE}`;
  let last = { stream: '', ver: 0 };
  while (true) {
    const { rows } = await client.query<ArchivedRow>(page, [day, last.stream, last.ver]);
    for (const row of rows) {
      counts.events += 1;
      if (row.ver === 1) counts.streams += 1;
      yield lineOf(row);
    }
    if (rows.length < PAGE) return;
    last = rows.at(-1) ?? last;
  }
}

// Dropping a partition shuts everybody out of the journal for a moment; where that moment does not come, the day has to wait.
const drop = async (client: ClientBase, day: string, archived: Archived): Promise<ArchiveOutcome> => {
  await client.query("set local lock_timeout = '2s'");
  await client.query('lock table journal.events in access exclusive mode');
  const { rows } = await client.query<{
    readonly expected: number;
    readonly heads: number;
    readonly part: number;
    readonly name: string;
  }>(
    `select (select coalesce(sum(streams), 0)::int from journal.archives where day = $1::date) + $2::int as expected,
        (select count(*)::int from journal.head where born = $1::date) as heads,
        (select count(*)::int + 1 from journal.archives where day = $1::date) as part,
        journal.partition_of($1::date) as name`,
    [day, archived.streams],
  );
  const [found] = rows;
  if (found === undefined || found.expected !== found.heads) return { outcome: 'changed' };
  await client.query(`drop table journal.${client.escapeIdentifier(found.name)}`);
  await client.query('insert into journal.archives (day, part, file, streams, events) values ($1, $2, $3, $4, $5)', [
    day,
    found.part,
    archived.file,
    archived.streams,
    archived.events,
  ]);
  return archived;
};

const syncFolder = async (folder: string): Promise<void> => {
  const handle: FileHandle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
