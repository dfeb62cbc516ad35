import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { everyColumn } from '../../../tools/testing/every-column.ts';
import { describeWith } from '../../../tools/testing/real.ts';
import { masterKeys } from './master-keys.ts';
import { openStorage, type Storage } from './storage.ts';

const SECRET = `old-${randomBytes(12).toString('hex')}`;
const VARIABLES = { TOKEN: SECRET, DEEP: [{ A: 1.5 }] };
const ROWS = [{ password: SECRET }];
const k1 = `k1:${randomBytes(32).toString('hex')}`;
const k2 = `k2:${randomBytes(32).toString('hex')}`;

describeWith('postgres', 'what people gave to runs', (address) => {
  const name = `reseal_${randomBytes(6).toString('hex')}`;
  const url = Object.assign(new URL(address), { pathname: `/${name}` }).href;
  const workspace = '00000000-0000-0000-0000-000000000001';
  const caller = { workspace, actor: 'test' };
  let admin: pg.Client;
  let ids: Awaited<ReturnType<typeof keepAll>>;
  beforeAll(async () => {
    admin = new pg.Client(address);
    await admin.connect();
    await admin.query(`create database ${name}`);
  });
  afterAll(async () => {
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  });

  const withStorage = async <Value>(keys: string, work: (storage: Storage) => Promise<Value>): Promise<Value> => {
    const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: () => Promise.resolve() };
    const storage = await openStorage({ url, keys: masterKeys(keys), clock, onLost: () => undefined });
    return work(storage).finally(() => storage.close());
  };

  const keepAll = async (storage: Storage) => {
    await storage.workspaces.ensureDefault();
    const text = { name: 'f', description: '', suite: '', tags: [], file: 'f', text: '', definition: {}, files: {} };
    const flowId = made(await storage.flows.create(caller, text)).id;
    const parts = [{ flowId, position: 0, parallel: false }];
    const suiteId = made(await storage.suites.create(caller, { name: 's', description: '', tags: [], parts })).id;
    const target = { flowId, suiteId: null, environmentId: null, environment: null, variables: VARIABLES };
    const rule = { name: 'r', provider: 'github', repository: 'a/b', branches: ['*'], events: ['push'] } as const;
    const rows = JSON.stringify(ROWS);
    const table = { columns: ['password'], rowCount: 1, sizeBytes: rows.length, sha256: 'x' };
    const datasetId = made(await storage.datasets.create(caller, { name: 'd', description: '', table, rows })).id;
    const suiteRun = await storage.suiteRuns.add(workspace, {
      ...{ suiteId, environment: null, confirmedEnvironment: null, variables: VARIABLES },
      ...{ triggerKind: 'api', triggerId: null, requestedBy: 'test' },
    });
    const datasetRun = await storage.datasetRuns.add(workspace, {
      ...{ id: randomUUID(), datasetId, datasetVersion: 1, flowId, environment: null, confirmedEnvironment: null },
      ...{ variables: VARIABLES, testEnvironment: null, mapping: {}, atOnce: 1, stopOnFailure: false },
      ...{ requestedBy: 'test', rows: [] },
    });
    return {
      schedule: made(await storage.schedules.create(caller, { ...SCHEDULE, ...target })).id,
      rule: made(await storage.gitTriggerRules.create(caller, { ...rule, ...target, enabled: true }, 'signs')).id,
      suite: suiteId,
      suiteRun: suiteRun?.id ?? '',
      dataset: datasetId,
      datasetRun: datasetRun?.id ?? '',
    };
  };

  /** What a version before this one would have written in place of it. */
  const keepAsBefore = async ({ pool, blobs }: Storage) => {
    for (const table of ['schedules', 'git_trigger_rules', 'suite_runs', 'dataset_runs']) {
      await pool.query(`update testmesh.${table} set sealed_variables = null, variables = $1`, [VARIABLES]);
    }
    const blob = await blobs.put(Buffer.from(JSON.stringify(ROWS)));
    await pool.query('update testmesh.dataset_versions set sealed_rows = null, blob = $1', [blob]);
  };

  const readAll = async (storage: Storage) => ({
    schedule: (await storage.schedules.get(workspace, ids.schedule))?.variables,
    rule: (await storage.gitTriggerRules.get(workspace, ids.rule))?.variables,
    suiteRun: (await storage.suiteRuns.get(workspace, ids.suite, ids.suiteRun))?.variables,
    datasetRun: (await storage.datasetRuns.get(workspace, ids.dataset, ids.datasetRun))?.variables,
    rows: await storage.datasets.rows(workspace, ids.dataset, 1),
    listening: (await storage.gitTriggerRules.listening('github', 'a/b'))[0]?.secret,
  });
  const everything = {
    ...{ schedule: VARIABLES, rule: VARIABLES, suiteRun: VARIABLES, datasetRun: VARIABLES },
    ...{ rows: ROWS, listening: 'signs' },
  };

  test('is kept sealed, and read as it was given', async () => {
    await withStorage(k1, async (storage) => {
      ids = await keepAll(storage);
      expect(await readAll(storage)).toEqual(everything);
      expect(await everyColumn(url)).not.toContain(SECRET);
      expect(await storage.reseal()).toBe(0);
    });
  });

  test('is read, and sealed at the next start, where an older version kept it in clear', async () => {
    await withStorage(k1, async (storage) => {
      await keepAsBefore(storage);
      expect(await everyColumn(url)).toContain(SECRET);
      expect(await readAll(storage)).toEqual(everything);
      expect(await storage.reseal()).toBe(5);
      expect(await everyColumn(url)).not.toContain(SECRET);
      expect(await readAll(storage)).toEqual(everything);
      expect(await storage.reseal()).toBe(0);
    });
  });

  test('is what an older version wrote last, beside a service that had sealed it', async () => {
    await withStorage(k1, async (storage) => {
      await storage.pool.query(`update testmesh.schedules set variables = '{"TOKEN": "newer"}'`);
      const read = async () => (await storage.schedules.get(workspace, ids.schedule))?.variables;
      expect(await read()).toEqual({ TOKEN: 'newer' });
      expect(await storage.reseal()).toBe(1);
      expect(await read()).toEqual({ TOKEN: 'newer' });
      await storage.pool.query('update testmesh.schedules set variables = $1', [VARIABLES]);
      await storage.reseal();
    });
  });

  test('is sealed anew with a new key, and then the old one is needed no more', async () => {
    expect(await withStorage(`${k2},${k1}`, (storage) => storage.reseal())).toBeGreaterThanOrEqual(6);
    expect(await withStorage(k2, readAll)).toEqual(everything);
    expect(await withStorage(k2, (storage) => storage.reseal())).toBe(0);
    await expect(withStorage(k1, (storage) => storage.schedules.get(workspace, ids.schedule))).rejects.toThrow(
      'the master key `k2` is not given',
    );
  });

  test('is not taken for readable by a server whose key has only the id of the right one', async () => {
    const other = `k2:${randomBytes(32).toString('hex')}`;
    const why = 'the master key `k2` does not open a secret: another one of that id sealed it';
    await expect(withStorage(other, (storage) => storage.reseal())).rejects.toThrow(why);
  });
});

const SCHEDULE = {
  name: 's',
  description: '',
  cron: '@daily',
  timezone: 'UTC',
  status: 'active',
  notifyOnFailure: false,
  notifyOnRecovery: false,
  notifyOnSuccess: false,
  notifyEmails: [],
  maxRetries: 0,
  retryDelayMs: 0,
  retryOn: ['failed'],
  overlap: 'skip',
  misfire: 'last',
  tags: [],
  nextRunAt: null,
} as const;

const made = <Value>(change: { readonly ok: true; readonly value: Value } | { readonly ok: false }): Value => {
  if (!change.ok) throw new Error('the change was refused');
  return change.value;
};
