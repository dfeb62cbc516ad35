import type { RecordedEvent } from '@testmesh/domain';
import type { Journal } from '@testmesh/ports';
import type { Pool } from 'pg';
import { EVENT_COLUMNS, type EventRow, recordedEvent } from './recorded-event.ts';

const READ = `select e.* from unnest($1::text[]) s
  cross join lateral (select ${EVENT_COLUMNS} from journal.events
    where born = journal.born(s) and stream = s order by ver) e`;

/**
 * Whole streams by one statement, each in order. A stream that is not among the rows may lie in the archive: it is
 * read from there, one by one.
 */
export const readStreams = async (
  pool: Pick<Pool, 'query'>,
  journal: Pick<Journal, 'read'>,
  streams: readonly string[],
): Promise<ReadonlyMap<string, readonly RecordedEvent[]>> => {
  const found = new Map<string, RecordedEvent[]>();
  const { rows } = await pool.query<EventRow>(READ, [streams]);
  for (const event of rows.map(recordedEvent)) {
    const events = found.get(event.stream);
    if (events === undefined) found.set(event.stream, [event]);
    else events.push(event);
  }
  for (const stream of streams) {
    if (found.has(stream)) continue;
    const events: RecordedEvent[] = [];
    for await (const event of journal.read(stream)) events.push(event);
    if (events.length > 0) found.set(stream, events);
  }
  return found;
};
