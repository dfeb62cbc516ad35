import type { Clock, FeedCursor, FeedReader } from '@testmesh/ports';

// Copies of the scheduler would each send the whole journal on. They take turns instead.
// T1. Who has no turn reads nothing, and so sends nothing; it asks again at every look.
// T2. A turn is a hint: who loses it in the middle of a send only repeats what the next one sends.
// T3. Who gets the turn begins where the last one stopped, not where it stood itself.

export interface InTurns<Event> {
  readonly feed: FeedReader<Event>;
  /** Takes or keeps the turn. */
  readonly take: () => Promise<boolean>;
  /** Where the relay stands. */
  readonly stands: () => Promise<FeedCursor>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** For so long a turn holds; a scheduler that dies delays the relay by no more. */
export const TURN_MS = 5000;
const RENEW_MS = TURN_MS / 3;

export const inTurns = <Event>({ feed, take, stands, clock }: InTurns<Event>): FeedReader<Event> => {
  let takenAt = Number.NEGATIVE_INFINITY;
  return {
    readAfter: async (cursor, limit) => {
      const now = clock.monotonic();
      if (now - takenAt < RENEW_MS) return feed.readAfter(cursor, limit);
      const hadIt = now - takenAt < TURN_MS;
      if (!(await take())) return { events: [], cursor };
      takenAt = now;
      return hadIt ? feed.readAfter(cursor, limit) : { events: [], cursor: await stands() };
    },
  };
};
