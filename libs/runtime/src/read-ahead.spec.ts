import { expect, test } from '@jest/globals';
import type { RecordedEvent } from '@testmesh/domain';
import { ReadAhead } from './read-ahead.ts';

/** A feed of so many events, whose cursor is their number. */
const feedOf = (length: number, fails = false) => {
  const asked: string[] = [];
  return {
    asked,
    readAfter: async (cursor: string, limit: number) => {
      asked.push(cursor);
      if (fails && asked.length === 2) throw new Error('the database is gone');
      const from = Number(cursor);
      const events = Array.from({ length: Math.min(limit, length - from) }, () => ({}) as RecordedEvent);
      return { events, cursor: String(from + events.length) };
    },
  };
};

test('the page after a full one is under way before it is asked for, and read once', async () => {
  const feed = feedOf(25);
  const pages = new ReadAhead(feed, 10);
  expect((await pages.after('0')).cursor).toBe('10');
  expect(feed.asked).toEqual(['0', '10']);
  expect((await pages.after('10')).cursor).toBe('20');
  expect((await pages.after('20')).cursor).toBe('25');
  expect(feed.asked).toEqual(['0', '10', '20']);
});

test('what was read ahead of another place is not taken', async () => {
  const feed = feedOf(100);
  const pages = new ReadAhead(feed, 10);
  await pages.after('0');
  expect((await pages.after('50')).cursor).toBe('60');
});

test('a page that could not be read ahead fails when it is asked for, and is read at the next try', async () => {
  const feed = feedOf(25, true);
  const pages = new ReadAhead(feed, 10);
  await pages.after('0');
  await expect(pages.after('10')).rejects.toThrow('the database is gone');
  expect((await pages.after('10')).cursor).toBe('20');
});
