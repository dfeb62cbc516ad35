import { afterAll, beforeAll, jest } from '@jest/globals';
import {
  blobContract,
  bundleContract,
  feedContract,
  journalContract,
  queueContract,
  queueHistoryContract,
  secretsContract,
} from '@testmesh/testing/contracts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { postgresBlobs, postgresFeed, postgresJournal, postgresSecrets } from './index.ts';
import { postgresQueueWorld, secretKeys, type TestDatabase, testDatabase } from './test-database.fixture.ts';

jest.setTimeout(60_000);

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
  feedContract('postgresFeed', async () => {
    await database.empty();
    return { journal: postgresJournal(database.pool), feed: postgresFeed(database.pool) };
  });
  blobContract('postgresBlobs', async () => {
    await database.empty();
    return postgresBlobs(database.pool);
  });
  bundleContract('postgresBlobs', async () => {
    await database.empty();
    return postgresBlobs(database.pool);
  });
  secretsContract('postgresSecrets', async () => {
    await database.empty();
    return postgresSecrets(database.pool, secretKeys);
  });
  queueContract('postgresQueue', () => postgresQueueWorld(database));
  queueHistoryContract('postgresQueue', () => postgresQueueWorld(database), 30);
});
