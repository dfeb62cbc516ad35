import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { journalEvent, queuedRun } from '@testmesh/testing/contracts';
import pg from 'pg';
import { describeWith } from '../../../../tools/testing/real.ts';
import { migrateJournal } from './migrate.ts';
import { postgresJournal } from './postgres-journal.ts';
import { postgresQueue } from './postgres-queue.ts';
import { type TestDatabase, testDatabase } from './test-database.fixture.ts';

jest.setTimeout(60_000);

describeWith('postgres', 'the journal’s migrations', (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase(server);
  });
  afterAll(() => database.drop());

  const stream = 'run-019aa000-0000-7000-8000-000000000001';
  const fill = async (): Promise<void> => {
    const journal = postgresJournal(database.pool);
    expect(await journal.append(stream, 0, 1, [journalEvent(stream, 1)])).toEqual({ outcome: 'applied', ver: 1 });
    expect(await journal.append('config-acme', 0, 0, [journalEvent('config-acme', 1)])).toMatchObject({ ver: 1 });
    expect(await postgresQueue(database.pool).request([queuedRun(2), queuedRun(3)])).toEqual([true, true]);
    expect(await postgresQueue(database.pool).claim(wanted)).toHaveLength(1);
  };
  const wanted = { executor: 'one', pools: ['default'], slots: 1, leaseMs: 1000 };
  const left = async (): Promise<readonly string[]> => {
    const { rows } = await database.pool.query<{ readonly name: string }>(
      `select relname as name from pg_class where relnamespace = 'journal'::regnamespace and relkind in ('r', 'p', 'S')
       union all select proname from pg_proc where pronamespace = 'journal'::regnamespace
       union all select typname from pg_type where typnamespace = 'journal'::regnamespace and typtype = 'c' and typrelid in
         (select oid from pg_class where relkind = 'c')`,
    );
    return rows.map(({ name }) => name);
  };

  test('go up, down with everything that lies there, and up again', async () => {
    await fill();
    const names = await migrateJournal(database.url, 'down');
    expect(names.length).toBeGreaterThan(2);
    expect((await left()).filter((name) => !name.startsWith('journal_migrations'))).toEqual([]);
    expect(await migrateJournal(database.url, 'up')).toEqual(names.toReversed());
    await fill();
  });

  test('have nothing to do the second time, also when two start at once', async () => {
    expect(await migrateJournal(database.url, 'up')).toEqual([]);
    await migrateJournal(database.url, 'down');
    const both = await Promise.all([migrateJournal(database.url, 'up'), migrateJournal(database.url, 'up')]);
    expect(both.map(({ length }) => length).sort()[0]).toBe(0);
    await fill();
  });

  test('run on a connection that is given', async () => {
    const client = new pg.Client(database.url);
    await client.connect();
    try {
      await migrateJournal(client, 'down');
      await migrateJournal(client, 'up');
    } finally {
      await client.end();
    }
    await fill();
  });
});
