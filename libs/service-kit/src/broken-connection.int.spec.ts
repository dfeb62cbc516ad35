import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { describeWith } from '../../../tools/testing/real.ts';
import { masterKeys } from './master-keys.ts';
import { openStorage } from './storage.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: async () => undefined };

describeWith('postgres', 'a connection that breaks', (address) => {
  test('while somebody holds it is told to them, and does not end the process', async () => {
    const name = `broken_${randomBytes(5).toString('hex')}`;
    const owner = new pg.Client({ connectionString: address });
    await owner.connect();
    await owner.query(`create database ${name}`);
    const url = new URL(address);
    url.pathname = `/${name}`;
    const keys = masterKeys(`k1:${'a'.repeat(64)}`);
    const storage = await openStorage({ url: url.href, keys, clock, onLost: () => undefined });
    try {
      const client = await storage.pool.connect();
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const ended = new Promise((resolve) => client.once('end', resolve));
      await owner.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await ended;
      await expect(client.query('select 1')).rejects.toThrow();
      client.release(true);
      await expect(storage.ping()).resolves.toBeUndefined();
    } finally {
      await storage.close();
      await owner.query(`drop database ${name} with (force)`);
      await owner.end();
    }
  }, 60_000);
});
