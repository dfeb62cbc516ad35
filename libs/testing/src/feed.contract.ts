import { beforeEach, describe, expect, test } from '@jest/globals';
import type { RecordedEvent } from '@testmesh/domain';
import { FEED_START, type Journal, type JournalFeed } from '@testmesh/ports';
import { journalEvent } from './journal.contract.ts';

/** A feed under test, over an empty journal. */
export interface FeedWorld {
  readonly journal: Journal;
  readonly feed: JournalFeed;
}

/** Reads on until `count` events came: what others have in flight may hold a feed back for a while. */
export const readFeed = async (
  feed: JournalFeed,
  count: number,
  { cursor = FEED_START, page = 100 } = {},
): Promise<{ readonly events: readonly RecordedEvent[]; readonly cursor: string }> => {
  const events: RecordedEvent[] = [];
  let at = cursor;
  const deadline = Date.now() + 30_000;
  while (events.length < count && Date.now() < deadline) {
    const next = await feed.readAfter(at, Math.min(page, count - events.length));
    if (next.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    events.push(...next.events);
    at = next.cursor;
  }
  return { events, cursor: at };
};

/** What every feed must keep. */
export const feedContract = (name: string, create: () => FeedWorld | Promise<FeedWorld>): void =>
  describe(`${name} keeps the feed contract`, () => {
    const streams = [1, 2, 3].map((number) => `run-019aa000-0000-7000-8000-00000000000${number}`);
    let world: FeedWorld;
    beforeEach(async () => {
      world = await create();
      for (const stream of streams) {
        await world.journal.append(stream, 0, 1, [journalEvent(stream, 1), journalEvent(stream, 2)]);
      }
      for (const stream of streams) await world.journal.append(stream, 2, 1, [journalEvent(stream, 3)]);
    });

    test('every event comes once, as the journal gives it', async () => {
      const { events } = await readFeed(world.feed, 9);
      expect(new Set(events.map(({ id }) => id)).size).toBe(9);
      for (const stream of streams) {
        const own: RecordedEvent[] = [];
        for await (const event of world.journal.read(stream)) own.push(event);
        expect(events.filter((event) => event.stream === stream)).toEqual(own);
      }
    });

    test('the order is the same every time and for every size of page', async () => {
      const whole = await readFeed(world.feed, 9);
      const paged = await readFeed(world.feed, 9, { page: 2 });
      expect(paged.events).toEqual(whole.events);
      expect(paged.cursor).toBe(whole.cursor);
    });

    test('at the end the cursor stays where it is, and goes on when there is more', async () => {
      const { cursor } = await readFeed(world.feed, 9);
      expect(await world.feed.readAfter(cursor, 10)).toEqual({ events: [], cursor });
      const stream = streams[0] as string;
      await world.journal.append(stream, 3, 1, [journalEvent(stream, 4)]);
      const more = await readFeed(world.feed, 1, { cursor });
      expect(more.events.map(({ stream: from, ver }) => [from, ver])).toEqual([[stream, 4]]);
      expect(more.cursor).not.toBe(cursor);
    });

    test('an empty journal has nothing to give', async () => {
      const { feed } = await create();
      expect(await feed.readAfter(FEED_START, 10)).toEqual({ events: [], cursor: FEED_START });
    });
  });
