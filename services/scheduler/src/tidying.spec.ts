import { expect, test } from '@jest/globals';
import { tidy } from './tidying.ts';

test('room for the days to come is made whatever cannot be forgotten', async () => {
  const done: string[] = [];
  const fails = async (): Promise<never> => {
    throw new Error('the table is locked');
  };
  const storage = {
    idempotency: { forgetBefore: fails },
    users: { sweep: async () => void done.push('sessions') },
    makePartitions: async () => void done.push('partitions'),
  };
  await expect(tidy(storage as unknown as Parameters<typeof tidy>[0], { now: () => 0 })).rejects.toThrow(
    'the table is locked',
  );
  expect(done).toEqual(['partitions', 'sessions']);
});
