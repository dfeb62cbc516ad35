import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { journalEvent } from '@testmesh/testing/contracts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { ensurePartitions } from './partitions.ts';
import { postgresJournal } from './postgres-journal.ts';
import { type TestDatabase, testDatabase } from './test-database.fixture.ts';

const bornAt = (iso: string, number: number): string => {
  const hex = Date.parse(iso).toString(16).padStart(12, '0');
  return `run-${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(number).padStart(12, '0')}`;
};

jest.setTimeout(60_000);

describeWith('postgres', 'partitions', (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase(server);
  });
  beforeEach(() => database.empty());
  afterAll(() => database.drop());

  const partitionOf = async (stream: string): Promise<string | undefined> => {
    await postgresJournal(database.pool).append(stream, 0, 1, [journalEvent(stream, 1)]);
    const { rows } = await database.pool.query<{ readonly name: string }>(
      'select tableoid::regclass::text as name from journal.events where stream = $1',
      [stream],
    );
    return rows[0]?.name;
  };

  test.each([
    [bornAt('2031-05-06T00:00:00.000Z', 1), 'journal.events_20310506'],
    [bornAt('2031-05-06T23:59:59.999Z', 2), 'journal.events_20310506'],
    [bornAt('2031-05-07T00:00:00.000Z', 3), 'journal.events_20310507'],
    ['config-019aa000-0000-7000-8000-000000000001', 'journal.events_forever'],
    ['schedule-nightly', 'journal.events_forever'],
    ['run-of-a-test', 'journal.events_forever'],
  ])('%s lies in %s', async (stream, partition) => {
    expect(await partitionOf(stream)).toBe(partition);
  });

  test('a day that nobody prepared is made by the first append, however many come first', async () => {
    const streams = Array.from({ length: 16 }, (_, at) => bornAt('2032-01-01T12:00:00Z', at));
    const journal = postgresJournal(database.pool);
    const results = await Promise.all(streams.map((stream) => journal.append(stream, 0, 1, [journalEvent(stream, 1)])));
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['applied']));
  });

  test('those of today and the days to come are prepared, and preparing them again does nothing', async () => {
    await ensurePartitions(database.pool, 2);
    await ensurePartitions(database.pool, 2);
    const days = [0, 1, 2].map((ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10));
    const { rows } = await database.pool.query<{ readonly name: string }>(
      "select relname as name from pg_class where relnamespace = 'journal'::regnamespace and relkind = 'r'",
    );
    const names = rows.map(({ name }) => name);
    for (const day of days) expect(names).toContain(`events_${day.replaceAll('-', '')}`);
  });
});
