import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { postgresQueue } from './postgres-queue.ts';
import { watchedQueue } from './served-pools.ts';
import { type TestDatabase, testDatabase } from './test-database.fixture.ts';

describeWith('postgres', 'served pools', (address) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase(address);
  }, 60_000);
  afterAll(() => database.drop());
  beforeEach(() => database.pool.query('truncate journal.served_pools'));

  const claiming = { slots: 1, leaseMs: 10_000 };
  const watched = (now?: () => number) => watchedQueue(postgresQueue(database.pool), database.pool, now);
  const age = (seconds: number) =>
    database.pool.query(`update journal.served_pools set seen_at = seen_at - $1 * interval '1 second'`, [seconds]);

  test('a pool is served once somebody asks for its runs, for all workspaces or for one', async () => {
    const { queue, servedPools } = watched();
    expect(await servedPools.isServed('gpu', 'acme')).toBe(false);
    await queue.claim({ executor: 'e1', pools: ['gpu', 'gpu', 'default'], ...claiming });
    expect(await servedPools.isServed('gpu', 'acme')).toBe(true);
    expect(await servedPools.isServed('nobody', 'acme')).toBe(false);
    await queue.claim({ executor: 'agent', pools: ['site'], workspace: 'acme', ...claiming });
    expect(await servedPools.isServed('site', 'acme')).toBe(true);
    expect(await servedPools.isServed('site', 'other')).toBe(false);
  });

  test('W1: who falls silent serves it no more, who carries runs and asks for none does', async () => {
    let now = 0;
    const { queue, servedPools } = watched(() => now);
    await queue.claim({ executor: 'e1', pools: ['gpu'], ...claiming });
    await age(61);
    expect(await servedPools.isServed('gpu', 'acme')).toBe(false);
    now += 15_000;
    await queue.heartbeat('e1', [], 10_000);
    expect(await servedPools.isServed('gpu', 'acme')).toBe(true);
  });

  test('W2: it is noted now and then, and those who are long gone are forgotten', async () => {
    let now = 0;
    const { queue } = watched(() => now);
    const rows = async () => (await database.pool.query('select executor, seen_at from journal.served_pools')).rows;
    await queue.claim({ executor: 'e1', pools: ['gpu'], ...claiming });
    const [first] = await rows();
    now += 14_000;
    await queue.claim({ executor: 'e1', pools: ['gpu'], ...claiming });
    expect(await rows()).toEqual([first]);
    await age(100_000);
    await queue.claim({ executor: 'e2', pools: ['gpu'], ...claiming });
    expect((await rows()).map(({ executor }) => executor)).toEqual(['e2']);
  });
});
