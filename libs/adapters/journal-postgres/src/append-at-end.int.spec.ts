import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { journalEvent } from '@testmesh/testing/contracts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { appendAtEnd } from './append-at-end.ts';
import { postgresJournal } from './postgres-journal.ts';
import { type TestDatabase, testDatabase } from './test-database.fixture.ts';
import { inTransaction } from './transaction.ts';

jest.setTimeout(60_000);

describeWith('postgres', 'a stream that nobody owns', (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase(server);
  });
  afterAll(() => database.drop());

  const event = (stream: string, number: number) => journalEvent(stream, number, { epoch: 0 });

  test('takes every event of writers that all append at its end, each in its own transaction', async () => {
    const numbers = Array.from({ length: 20 }, (_, at) => at);
    const vers = await Promise.all(
      numbers.map((number) =>
        inTransaction(database.pool, (client) => appendAtEnd(client, 'config-acme', [event('config-acme', number)])),
      ),
    );
    expect(vers.sort((a, b) => a - b)).toEqual(numbers.map((number) => number + 1));
  });

  test('keeps nothing of a transaction that was rolled back', async () => {
    const failing = inTransaction(database.pool, async (client) => {
      await appendAtEnd(client, 'config-other', [event('config-other', 1)]);
      throw new Error('the change itself failed');
    });
    await expect(failing).rejects.toThrow('the change itself failed');
    const events: string[] = [];
    for await (const { id } of postgresJournal(database.pool).read('config-other')) events.push(id);
    expect(events).toEqual([]);
  });

  test('that has ended says so', async () => {
    const ended = 'run-019aa000-0000-7000-8000-000000000009';
    await appendAtEnd(database.pool, ended, [journalEvent(ended, 1, { type: 'RunCompleted' })]);
    await expect(appendAtEnd(database.pool, ended, [journalEvent(ended, 2)])).rejects.toThrow('refused 1 events');
  });
});
