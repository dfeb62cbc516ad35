import type { JournalMessage } from '@testmesh/domain';
import type { FeedCursor, JournalFeed, MessageFeed } from '@testmesh/ports';
import type { Pool } from 'pg';
import { EVENT_COLUMNS, type EventRow, recordedEvent } from './recorded-event.ts';

// Transactions take their number early and commit late: whatever began before the oldest one still open is complete, and
// only that is given out. Reading by position alone would pass over events that commit later.
const readAfter = (columns: string): string => `select ${columns}, xid || ':' || gpos as cursor from journal.events
  where (xid, gpos) > ($1::xid8, $2::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
  order by xid, gpos limit $3`;

const HORIZON_AGE = `select coalesce(extract(epoch from clock_timestamp() - min(began)) * 1000, 0)::float8 as age from (
    select xact_start as began from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()
    union all
    select prepared from pg_prepared_xacts
  ) as open`;

const READ_EVENTS = readAfter(EVENT_COLUMNS);
const READ_MESSAGES = readAfter(`stream, ver, at::float8 as at, encode(chain, 'hex') as chain,
  convert_from(body, 'UTF8') as body`);

/** The journal over all streams, in the order of transaction and position. */
export const postgresFeed = (pool: Pool): JournalFeed => ({
  readAfter: async (cursor, limit) => {
    const { rows } = await pool.query<EventRow & Place>(READ_EVENTS, [...placeOf(cursor), limit]);
    return { events: rows.map(recordedEvent), cursor: rows.at(-1)?.cursor ?? cursor };
  },
  horizonAgeMs: async () => {
    const { rows } = await pool.query<{ readonly age: number }>(HORIZON_AGE);
    return Math.max(0, rows[0]?.age ?? 0);
  },
});

/** The same without looking into the events. */
export const postgresMessages = (pool: Pool): MessageFeed => ({
  readAfter: async (cursor, limit) => {
    const { rows } = await pool.query<JournalMessage & Place>(READ_MESSAGES, [...placeOf(cursor), limit]);
    return { events: rows, cursor: rows.at(-1)?.cursor ?? cursor };
  },
});

interface Place {
  readonly cursor: FeedCursor;
}

const CURSOR = /^(\d+):(\d+)$/;

export const placeOf = (cursor: string): readonly [string, string] => {
  if (cursor === '') return ['0', '0'];
  const [, xid, position] = CURSOR.exec(cursor) ?? [];
  if (xid === undefined || position === undefined)
    throw new Error(`${JSON.stringify(cursor)} is no place in this feed`);
  return [xid, position];
};
