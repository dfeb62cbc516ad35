import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { migrateJournal, postgresTestEnvironments } from '@testmesh/journal-postgres';
import type { AcquireRequest, TestEnvironments } from '@testmesh/ports';
import { seededRandom, systemClock } from '@testmesh/runtime';
import { ARGOCD_HEALTHY, ARGOCD_TOKEN, type FakeArgoCd, fakeArgoCd } from '@testmesh/testing';
import pg from 'pg';
import { describeWith } from '../../../tools/testing/real.ts';
import { createEnvManager, type EnvManager } from './env-manager.ts';

jest.setTimeout(60_000);

const spec = {
  ...{ name: 'PR-1', context: 'pr-1', cluster: 'default', provider: 'argocd', settings: {} },
  ...{ namespace: 'review-pr-1', applicationName: 'testmesh-pr-1', ttlMinutes: 60, readyWithinMinutes: 5 },
  ...{ services: [], routingPolicy: { orders: 'http://orders.review-pr-1:80' } },
};

describeWith('postgres', 'two env-managers over one database and one Argo CD', (server) => {
  let admin: pg.Client;
  let name: string;
  let pool: pg.Pool;
  let argo: FakeArgoCd;
  let environments: TestEnvironments;
  let managers: EnvManager[];
  const faults: unknown[] = [];
  beforeAll(async () => {
    admin = new pg.Client(server);
    await admin.connect();
    name = `environments_${randomUUID().replaceAll('-', '')}`;
    await admin.query(`create database ${name}`);
    const url = new URL(server);
    url.pathname = `/${name}`;
    await migrateJournal(url.href, 'up');
    pool = new pg.Pool({ connectionString: url.href });
    // Dropping the database by force may end a connection that is just closing.
    pool.on('error', () => undefined);
    environments = postgresTestEnvironments(pool);
  });
  afterAll(async () => {
    await pool.end();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  });
  beforeEach(async () => {
    argo = await fakeArgoCd();
    const names = { namespaces: ['review-*'], applications: ['testmesh-*'], reserved: [] };
    const at = { server: argo.server, token: ARGOCD_TOKEN, project: 'default' };
    const argoCd = { way: 'api' as const, at };
    const settings = { argoCd, compose: undefined, flux: undefined, kubernetes: undefined, names };
    managers = ['a', 'b'].map((seed) =>
      createEnvManager({
        ...{ settings, environments, clock: systemClock, random: seededRandom(seed) },
        onFault: ({ error }) => faults.push(error),
      }),
    );
    for (const manager of managers) manager.start();
  });
  afterEach(async () => {
    await Promise.all(managers.map((manager) => manager.stop()));
    await argo.close();
  });

  const wanted = (run: string) =>
    ({
      ...{ run, workspace: 'acme', context: spec.context, onBusy: 'wait' as const, leaseMs: 30_000, waitMs: 10_000 },
      environment: { id: randomUUID(), spec },
    }) satisfies AcquireRequest;
  const until = async <Result>(ask: () => Promise<Result>, isIt: (result: Result) => boolean): Promise<Result> => {
    for (let round = 0; round < 400; round++) {
      const result = await ask();
      if (isIt(result)) return result;
      await systemClock.sleep(25);
    }
    throw new Error('it did not come to that in ten seconds');
  };
  const acquired = (run: string) =>
    until(
      () => environments.acquire(wanted(run)),
      ({ outcome }) => outcome === 'acquired',
    );

  test('a run asks for an environment, waits for Argo CD, uses it; the next one reuses it; then it goes with its Application', async () => {
    expect(await environments.acquire(wanted('r1'))).toMatchObject({ outcome: 'waiting' });
    await systemClock.sleep(1000);
    argo.make('testmesh-pr-1', 'review-pr-1', { health: { status: 'Progressing' }, sync: { status: 'Synced' } });
    await systemClock.sleep(1000);
    Object.assign(argo.applications.get('testmesh-pr-1') ?? {}, { status: ARGOCD_HEALTHY });
    const healthyAt = systemClock.monotonic();
    const first = await acquired('r1');
    const overheadMs = systemClock.monotonic() - healthyAt;
    if (first.outcome !== 'acquired') throw new Error(first.outcome);
    expect(first.spec.routingPolicy).toEqual(spec.routingPolicy);
    await environments.release({ id: first.id, run: 'r1', epoch: first.epoch }, 'the run ended');

    const second = await environments.acquire(wanted('r2'));
    expect(second).toMatchObject({ outcome: 'acquired', id: first.id, epoch: 2 });
    await environments.release({ id: first.id, run: 'r2', epoch: 2 }, 'the run ended');
    const state = async () => (await environments.find(first.id))?.state;
    await until(state, (now) => now?.status === 'warm');

    argo.held.add('testmesh-pr-1');
    await environments.request(first.id, { type: 'RequestDestroy', by: 'ada', reason: 'done', force: false });
    await until(
      async () => argo.applications.get('testmesh-pr-1')?.metadata?.deletionTimestamp,
      (deleted) => deleted !== undefined,
    );
    await systemClock.sleep(1500);
    expect(await state()).toMatchObject({ status: 'warm', destroying: { by: 'ada' } });
    argo.applications.delete('testmesh-pr-1');
    await until(state, (now) => now?.status === 'destroyed');
    const deletes = argo.requests.filter((request) => request.startsWith('DELETE'));
    expect(deletes).toHaveLength(1);
    expect(faults).toEqual([]);
    // A machine that is busy with other tests is given time; the figure is measured where it is alone.
    expect(overheadMs).toBeLessThan(5000);
  });

  test('a failed environment says why, and can be destroyed where its Application is gone already', async () => {
    argo.make('testmesh-pr-1', 'review-pr-1', { health: { status: 'Degraded', message: 'no such image' } });
    const { id } = wanted('').environment;
    await environments.register({ id, workspace: 'acme', by: 'ada', spec });
    const state = async () => (await environments.find(id))?.state;
    const failed = await until(state, (now) => now?.status === 'cold' && now.error !== undefined);
    expect(failed).toMatchObject({ error: 'the Argo CD Application "testmesh-pr-1" is Degraded: no such image' });
    expect(failed?.resources).toHaveLength(1);
    await environments.request(id, { type: 'RequestDestroy', by: 'ada', reason: 'done', force: false });
    argo.applications.delete('testmesh-pr-1');
    await until(state, (now) => now?.status === 'destroyed');
  });
});
