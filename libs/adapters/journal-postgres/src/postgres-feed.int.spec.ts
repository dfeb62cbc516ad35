import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { recordedEventOf } from '@testmesh/domain';
import { FEED_START } from '@testmesh/ports';
import { journalEvent, readFeed } from '@testmesh/testing/contracts';
import type { PoolClient } from 'pg';
import { describeWith } from '../../../../tools/testing/real.ts';
import { appendBatches } from './batch.ts';
import { postgresFeed, postgresMessages } from './postgres-feed.ts';
import { postgresJournal } from './postgres-journal.ts';
import { type TestDatabase, testDatabase } from './test-database.fixture.ts';

const streamOf = (number: number): string => `run-019aa000-0000-7000-8000-00000000000${number}`;
const [early, late, last] = [1, 2, 3].map(streamOf) as [string, string, string];

jest.setTimeout(60_000);

describeWith('postgres', 'what is still in flight', (server) => {
  let database: TestDatabase;
  let open: PoolClient;
  beforeAll(async () => {
    database = await testDatabase(server);
  });
  beforeEach(async () => {
    await database.empty();
    open = await database.pool.connect();
    await open.query('begin');
  });
  // A transaction that a failed test left open would hold back every feed on the server.
  afterEach(() => open.release(true));
  afterAll(() => database.drop());

  const append = (stream: string, expectedVer: number) =>
    postgresJournal(database.pool).append(stream, expectedVer, 1, [journalEvent(stream, expectedVer + 1)]);
  const appendOpen = (stream: string, expectedVer: number) =>
    appendBatches(open, [{ stream, expectedVer, epoch: 1, events: [journalEvent(stream, expectedVer + 1)] }]);
  const commit = () => open.query('commit');

  test('as messages its events are the journal’s own bytes, at the same cursors', async () => {
    await append(early, 0);
    await append(early, 1);
    await append(late, 0);
    await open.query('rollback');
    const { events, cursor } = await readFeed(postgresFeed(database.pool), 3);
    const messages = await postgresMessages(database.pool).readAfter(FEED_START, 10);
    expect(messages.cursor).toBe(cursor);
    expect(messages.events.map(recordedEventOf)).toEqual(events);
    expect(messages.events.map(({ stream }) => stream)).toEqual(events.map(({ stream }) => stream));
    const [first, second] = messages.events.filter(({ stream }) => stream === early);
    const hashed = `${first?.chain}${second?.body}`;
    expect(createHash('sha256').update(hashed).digest('hex')).toBe(second?.chain);
  });

  test('holds back what began after it, so that nothing is passed over when it commits', async () => {
    const feed = postgresFeed(database.pool);
    await append(early, 0);
    const { cursor } = await readFeed(feed, 1);
    await appendOpen(late, 0);
    await append(last, 0);
    await append(last, 1);
    expect(await feed.readAfter(cursor, 10)).toEqual({ events: [], cursor });
    expect(await feed.horizonAgeMs()).toBeGreaterThan(0);
    await commit();
    const { events } = await readFeed(feed, 3, { cursor });
    expect(events.map(({ stream, ver }) => `${stream}/${ver}`).sort()).toEqual([`${late}/1`, `${last}/1`, `${last}/2`]);
  });

  test('may have the higher version under the lower number: the feed is complete, and its readers gate by version', async () => {
    await appendOpen(early, 0);
    await append(late, 0);
    await appendOpen(late, 1);
    await commit();
    const { events } = await readFeed(postgresFeed(database.pool), 3);
    expect(events.map(({ stream, ver }) => [stream, ver])).toEqual([
      [early, 1],
      [late, 2],
      [late, 1],
    ]);
  });

  test('leaves no trace when it is rolled back', async () => {
    await appendOpen(early, 0);
    await append(late, 0);
    await open.query('rollback');
    expect(await append(early, 0)).toEqual({ outcome: 'applied', ver: 1 });
    const { events } = await readFeed(postgresFeed(database.pool), 2);
    expect(events.map(({ stream }) => stream).sort()).toEqual([early, late]);
  });

  test('is not needed to refuse a cursor that no feed gave out', async () => {
    await commit();
    await expect(postgresFeed(database.pool).readAfter('12', 10)).rejects.toThrow('"12" is no place in this feed');
    expect(await postgresFeed(database.pool).readAfter(FEED_START, 10)).toEqual({ events: [], cursor: FEED_START });
  });

  test('a thousand events of writers that commit in any order come once each, to a reader that never waits', async () => {
    await commit();
    const feed = postgresFeed(database.pool);
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      const stream = streamOf(writer);
      for (let ver = 0; ver < 125; ver++) await append(stream, ver);
    });
    const { events } = await readFeed(feed, 1000, { page: 7 });
    await Promise.all(writers);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1000);
  });
});
