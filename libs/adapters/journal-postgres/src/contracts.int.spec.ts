import { afterAll, beforeAll } from '@jest/globals';
import { journalContract, queueContract, queueHistoryContract } from '@testmesh/testing/contracts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { postgresJournal } from './postgres-journal.ts';
import { postgresQueueWorld, type TestDatabase, testDatabase } from './test-database.fixture.ts';

describeWith('postgres', 'journal-postgres', (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase(server);
  });
  afterAll(() => database.drop());

  journalContract('postgresJournal', async () => {
    await database.empty();
    return postgresJournal(database.pool);
  });
  queueContract('postgresQueue', () => postgresQueueWorld(database));
  queueHistoryContract('postgresQueue', () => postgresQueueWorld(database), 30);
});
