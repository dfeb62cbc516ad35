import type { JournalFeed } from '@testmesh/ports';
import type { MemoryJournal } from './memory-journal.ts';

/** The memory journal in the order of acceptance; nothing is ever in flight. */
export const memoryFeed = (journal: MemoryJournal): JournalFeed => ({
  readAfter: async (cursor, limit) => {
    const from = Number(cursor);
    const events = journal.accepted().slice(from, from + limit);
    return { events, cursor: events.length === 0 ? cursor : String(from + events.length) };
  },
  horizonAgeMs: async () => 0,
});
