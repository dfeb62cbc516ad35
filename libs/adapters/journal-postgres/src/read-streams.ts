import { type Envelope, parseJson, type RecordedEvent } from '@testmesh/domain';
import type { Journal } from '@testmesh/ports';
import type { Pool } from 'pg';
import { EVENT_COLUMNS, type EventRow, recordedEvent } from './recorded-event.ts';

/** So many events of a stream, behind this one. */
export interface StreamPage {
  readonly after: number;
  readonly limit: number;
}

export interface StreamSize {
  /** Whose stream it is. */
  readonly workspace: string;
  readonly events: number;
  readonly bytes: number;
}

const PAGE = (columns: string) => `select ${columns} from journal.events
    where born = journal.born(s) and stream = s and ver > $2 order by ver limit $3`;
const READ = `select e.* from unnest($1::text[]) s cross join lateral (${PAGE(EVENT_COLUMNS)}) e`;
// PostgreSQL reads no JSON in which an escape of NUL stands anywhere: whose a stream is is read from its first event here.
const SIZES = `select s as stream, first.body as first, page.events, page.bytes from unnest($1::text[]) s
  cross join lateral (select convert_from(body, 'UTF8') as body from journal.events
    where born = journal.born(s) and stream = s and ver = 1) first
  cross join lateral (select count(*)::int as events, coalesce(sum(octet_length(body)), 0)::float8 as bytes
    from (${PAGE('body')}) e) page`;

interface SizeRow extends Omit<StreamSize, 'workspace'> {
  readonly stream: string;
  readonly first: string;
}

/** How much a page of each stream is, by one statement; a stream that is archived, or not there, is absent. */
export const streamSizes = async (
  pool: Pick<Pool, 'query'>,
  streams: readonly string[],
  { after, limit }: StreamPage,
): Promise<ReadonlyMap<string, StreamSize>> => {
  const { rows } = await pool.query<SizeRow>(SIZES, [streams, after, limit]);
  return new Map(
    rows.map(({ stream, first, ...size }) => {
      const { workspace } = parseJson(first) as unknown as Envelope;
      return [stream, { workspace, ...size }];
    }),
  );
};

/** A page of each stream by one statement, in order. */
export const readStreams = async (
  pool: Pick<Pool, 'query'>,
  streams: readonly string[],
  { after, limit }: StreamPage,
): Promise<ReadonlyMap<string, readonly RecordedEvent[]>> => {
  const { rows } = await pool.query<EventRow>(READ, [streams, after, limit]);
  return Map.groupBy(rows.map(recordedEvent), ({ stream }) => stream);
};

/** A page of one stream, wherever it lies. */
export const readStream = async (
  journal: Pick<Journal, 'read'>,
  stream: string,
  { after, limit }: StreamPage,
): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const event of journal.read(stream, after)) {
    if (events.push(event) >= limit) break;
  }
  return events;
};
