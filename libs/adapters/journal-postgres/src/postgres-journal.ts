import type { RecordedEvent } from '@testmesh/domain';
import type { Journal } from '@testmesh/ports';
import type { Pool } from 'pg';
import { appendBatches } from './batch.ts';
import { EVENT_COLUMNS, type EventRow, recordedEvent } from './recorded-event.ts';

const PAGE = 500;

const READ = `select ${EVENT_COLUMNS} from journal.events
  where born = journal.born($1) and stream = $1 and ver > $2 order by ver limit ${PAGE}`;

/** The journal in PostgreSQL; the pool stays its owner's to end. */
export const postgresJournal = (pool: Pool): Journal => ({
  append: async (stream, expectedVer, epoch, events) => {
    const [result] = await appendBatches(pool, [{ stream, expectedVer, epoch, events }]);
    if (result === undefined) throw new Error(`the journal gave no answer to an append to ${stream}`);
    return result;
  },
  appendMany: (batches) => appendBatches(pool, batches),
  read: (stream, afterVer = 0) => readStream(pool, stream, afterVer),
  close: async () => undefined,
});

async function* readStream(pool: Pool, stream: string, afterVer: number): AsyncIterable<RecordedEvent> {
  let last = afterVer;
  while (true) {
    const { rows } = await pool.query<EventRow>(READ, [stream, last]);
    yield* rows.map(recordedEvent);
    if (rows.length < PAGE) return;
    last += rows.length;
  }
}
