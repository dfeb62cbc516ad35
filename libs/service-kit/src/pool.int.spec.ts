import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '@testmesh/testing/fault-proxy';
import { describeWith } from '../../../tools/testing/real.ts';
import { openPool, SilentDatabase, type Waits } from './pool.ts';
import { isDatabaseTrouble } from './trouble.ts';

const waits: Waits = { connectMs: 1000, answerMs: 800, lockMs: 400, idleInTransactionMs: 3000 };
const BOUND_MS = 20_000;

/** How long something takes, with what it came to. */
const timed = async (work: Promise<unknown>) => {
  const begun = performance.now();
  const outcome = await work.catch((error: unknown) => error);
  return { outcome, tookMs: performance.now() - begun };
};

describeWith('postgres', 'what a pool waits for', (address) => {
  let proxy: FaultProxy;
  let opened: ReturnType<typeof openPool>;

  beforeEach(async () => {
    const { hostname: host, port } = new URL(address);
    proxy = await startFaultProxy({ host, port: Number(port || 5432) });
    const url = new URL(address);
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    opened = openPool({ url: url.href, connections: 2, waits, onLost: () => undefined });
  });

  afterEach(async () => {
    proxy.heal();
    await opened.close();
    await proxy.close();
  });

  test('an answer that never comes is an error in time, and its connection is thrown away', async () => {
    const { pool } = opened;
    await pool.query('select 1');
    proxy.blackHole();
    const { outcome, tookMs } = await timed(pool.query('select 2'));
    expect(outcome).toBeInstanceOf(SilentDatabase);
    expect(isDatabaseTrouble(outcome)).toBe(true);
    expect(tookMs).toBeLessThan(BOUND_MS);
    expect(pool.totalCount).toBe(0);
    proxy.heal();
    expect((await pool.query<{ three: number }>('select 3 as three')).rows).toEqual([{ three: 3 }]);
  }, 60_000);

  test('in a transaction the roll-back fails at once with it', async () => {
    const client = await opened.pool.connect();
    await client.query('begin');
    proxy.blackHole();
    await expect(client.query('select 1')).rejects.toBeInstanceOf(SilentDatabase);
    const { outcome, tookMs } = await timed(client.query('rollback'));
    client.release(true);
    expect(isDatabaseTrouble(outcome)).toBe(true);
    expect(tookMs).toBeLessThan(500);
  }, 60_000);

  test('a connection that cannot be made, and a pool with none left, are errors in time', async () => {
    proxy.blackHole();
    const waiting = [1, 2, 3, 4].map((nth) => timed(opened.pool.query(`select ${nth}`)));
    for (const { outcome, tookMs } of await Promise.all(waiting)) {
      expect(isDatabaseTrouble(outcome)).toBe(true);
      expect(tookMs).toBeLessThan(BOUND_MS);
    }
  }, 60_000);

  test('a statement that takes too long is stopped by the server', async () => {
    const { outcome } = await timed(opened.pool.query('select pg_sleep(60)'));
    expect(outcome).toMatchObject({ code: '57014' });
    expect(isDatabaseTrouble(outcome)).toBe(true);
  }, 60_000);

  test('nobody waits for the lock of a frozen process, which loses it', async () => {
    const { pool } = opened;
    const table = `frozen_${process.pid}_${Date.now()}`;
    await pool.query(`create table ${table} (id int primary key)`);
    await pool.query(`insert into ${table} values (1)`);
    const holder = await frozenHolder(address, table);
    try {
      const { outcome } = await timed(pool.query(`update ${table} set id = 2`));
      expect(outcome).toMatchObject({ code: '55P03' });
      expect(isDatabaseTrouble(outcome)).toBe(true);
      const begun = performance.now();
      while (!(await pool.query(`update ${table} set id = 2`).then(() => true, isLocked))) {
        expect(performance.now() - begun).toBeLessThan(BOUND_MS);
      }
    } finally {
      holder.kill('SIGKILL');
      await pool.query(`drop table ${table}`);
    }
  }, 60_000);

  test('closing takes its time, and no longer, where nobody answers', async () => {
    await opened.pool.query('select 1');
    const held = await opened.pool.connect();
    proxy.blackHole();
    const asked = held.query('select 1').catch((error: unknown) => error);
    const { tookMs } = await timed(opened.close());
    expect(tookMs).toBeLessThan(BOUND_MS);
    expect(isDatabaseTrouble(await asked)).toBe(true);
    held.release(true);
    opened = openPool({ url: address, onLost: () => undefined });
  }, 60_000);
});

/** False for a lock that is not free yet, and nothing else. */
const isLocked = (error: { readonly code?: string }): false => {
  expect(error.code).toBe('55P03');
  return false;
};

/** A process that locks the rows of a table in a transaction, and is stopped then. */
const frozenHolder = async (address: string, table: string): Promise<ChildProcess> => {
  const program = `
    import { openPool } from ${JSON.stringify(fileURLToPath(new URL('pool.ts', import.meta.url)))};
    const { pool } = openPool({ url: process.env.ADDRESS, waits: ${JSON.stringify(waits)}, onLost: () => undefined });
    const client = await pool.connect();
    await client.query('begin');
    await client.query('select * from ${table} for update');
    console.log('held');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    env: { ...process.env, ADDRESS: address, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  return child;
};
