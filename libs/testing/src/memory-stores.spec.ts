import { expect, test } from '@jest/globals';
import { blobContract, bundleContract } from './blob.contract.ts';
import { memoryBlobs } from './memory-blobs.ts';
import { memoryJournal } from './memory-journal.ts';
import { memorySecrets } from './memory-secrets.ts';
import { runCompleted } from './queue-world.ts';
import { secretsContract } from './secrets.contract.ts';

blobContract('memoryBlobs', memoryBlobs);
bundleContract('memoryBlobs', memoryBlobs);
secretsContract('memorySecrets', () => memorySecrets());

test('the last event of a run takes its secrets with it, as in PostgreSQL', async () => {
  const journal = memoryJournal();
  const secrets = memorySecrets(journal);
  for (const run of ['one', 'two']) await secrets.keep(run, 'inputs', run);
  await journal.append('run-one', 0, 1, [runCompleted('one', 1)]);
  expect(await secrets.of('one')).toEqual(new Map());
  expect(await secrets.of('two')).toEqual(new Map([['inputs', 'two']]));
});
