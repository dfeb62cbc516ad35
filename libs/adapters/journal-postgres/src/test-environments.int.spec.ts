import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  environmentLeasesContract,
  type TestEnvironmentWorld,
  testEnvironmentsContract,
} from '@testmesh/testing/contracts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { postgresJournal, postgresTestEnvironments } from './index.ts';
import { type TestDatabase, testDatabase } from './test-database.fixture.ts';

jest.setTimeout(60_000);

describeWith('postgres', 'test environments in PostgreSQL', (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase(server);
  });
  afterAll(() => database.drop());

  const create = async (): Promise<TestEnvironmentWorld> => {
    await database.empty();
    await database.pool.query('truncate journal.test_environments, journal.test_environment_waits');
    let now = Date.UTC(2030, 0, 1);
    return {
      journal: postgresJournal(database.pool),
      environments: postgresTestEnvironments(database.pool, { now: () => now }),
      advance: (ms) => {
        now += ms;
      },
    };
  };

  testEnvironmentsContract('postgresTestEnvironments', create);
  environmentLeasesContract('postgresTestEnvironments', create, 15);

  const spec = {
    ...{ name: 'n', context: 'c', cluster: 'default', provider: 'argocd', namespace: 'review-1', settings: {} },
    ...{ ttlMinutes: 1, readyWithinMinutes: 1, services: [], routingPolicy: {} },
  };
  const wanted = {
    run: 'r1',
    workspace: 'acme',
    context: 'c',
    onBusy: 'wait',
    waitMs: 1000,
    environment: { id: 'e1', spec },
  } as const;

  test('what a provider says with NUL or half a surrogate pair is kept without, in the row as in the stream', async () => {
    const { environments, journal } = await create();
    await environments.acquire({ ...wanted, leaseMs: 60_000 });
    await environments.request('e1', { type: 'StartProvisioning' });
    await environments.request('e1', { type: 'FailProvisioning', error: 'no\0 \ud800' });
    const told: unknown[] = [];
    for await (const { type, data } of journal.read('testenv-e1')) {
      if (type === 'ProvisioningFailed') told.push(data['error']);
    }
    expect(told).toEqual(['no\ufffd \ufffd']);
    expect(JSON.stringify((await environments.find('e1'))?.state)).toContain('no\ufffd \ufffd');
  });

  describe('the database’s clock', () => {
    test('says when a lease is over, whatever a process thinks', async () => {
      await create();
      const environments = postgresTestEnvironments(database.pool);
      await environments.acquire({ ...wanted, leaseMs: 60_000 });
      await environments.request('e1', { type: 'StartProvisioning' });
      await environments.request('e1', { type: 'ReportHealthy' });
      expect(await environments.acquire({ ...wanted, leaseMs: 60_000 })).toMatchObject({ outcome: 'acquired' });
      expect(await environments.reap(1)).toEqual([]);
      await environments.extend({ id: 'e1', run: 'r1', epoch: 1 }, -1);
      expect(await environments.reap(1)).toEqual(['e1']);
    });
  });
});
