import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { ValueMap } from '@testmesh/domain';
import { actionContext } from '@testmesh/testing';
import { describeWith } from '../../../../tools/testing/real.ts';
import { databaseQuery } from './index.ts';

let context = actionContext();
afterEach(async () => {
  await context.close();
  context = actionContext();
});

const fresh = (): string => `s_${Math.random().toString(36).slice(2, 10)}`;

describeWith('postgres', 'what can go wrong with database_query on PostgreSQL', (connection) => {
  const perform = (config: ValueMap) => databaseQuery.perform({ connection, ...config }, context);
  const output = async (config: ValueMap): Promise<ValueMap> => {
    const outcome = await perform(config);
    if (outcome.kind !== 'completed') throw new Error(`${outcome.code}: ${outcome.reason}`);
    return outcome.output;
  };
  /** Asks in a session of its own. */
  const elsewhere = async (query: string): Promise<ValueMap> => {
    const other = actionContext();
    try {
      const outcome = await databaseQuery.perform({ connection, query }, other);
      if (outcome.kind !== 'completed') throw new Error(outcome.reason);
      return outcome.output;
    } finally {
      await other.close();
    }
  };

  const changed = (change: (url: URL) => void): string => {
    const url = new URL(connection);
    change(url);
    return url.href;
  };

  test("the server's refusal has its code, its hint and the place in the query", async () => {
    const outcome = await perform({ query: 'SELECT 1,\n  totl FROM (SELECT 1 AS total) AS orders' });
    expect(outcome).toMatchObject({
      kind: 'not-carried-out',
      code: '42703',
      reason: 'column "totl" does not exist, at line 2, column 3 of the query: totl FROM (SELECT 1 AS total) AS orders',
      help: expect.stringContaining('total'),
    });
  });

  test('unreachable', async () => {
    const outcome = await perform({ connection: 'postgres://a:b@127.0.0.1:1/x', query: 'SELECT 1' });
    expect(outcome).toMatchObject({
      code: 'ECONNREFUSED',
      reason: 'nothing listens at 127.0.0.1:1 (connection refused)',
      exchange: { summary: 'SELECT 1 → ECONNREFUSED' },
    });
  });

  test('a server that accepts and says nothing is given up, and a cancelled step does not wait for it', async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const { port } = silent.address() as AddressInfo;
    try {
      const url = `postgres://a:b@127.0.0.1:${port}/x`;
      expect(await perform({ connection: `${url}?connect_timeout=0.2`, query: 'SELECT 1' })).toMatchObject({
        code: 'ETIMEDOUT',
        reason: `127.0.0.1:${port} did not answer the connection attempt in time`,
      });
      const cancelled = { ...context, signal: AbortSignal.timeout(100) };
      await expect(databaseQuery.perform({ connection: url, query: 'SELECT 1' }, cancelled)).rejects.toThrow('timeout');
    } finally {
      await new Promise((done) => silent.close(done));
    }
  });

  test('a wrong password is named without being shown', async () => {
    const wrong = changed((url) => {
      url.password = 'wrong-password';
    });
    const outcome = await perform({ connection: wrong, query: 'SELECT 1' });
    expect(outcome).toMatchObject({
      code: '28P01',
      reason: expect.stringContaining('does not accept the password of user'),
    });
    expect(JSON.stringify(outcome)).not.toContain('wrong-password');
    expect(context.secrets).toContain('wrong-password');
  });

  test('an unknown database', async () => {
    const missing = changed((url) => {
      url.pathname = '/no_such_database';
    });
    expect(await perform({ connection: missing, query: 'SELECT 1' })).toMatchObject({
      code: '3D000',
      reason: expect.stringContaining('there is no database "no_such_database"'),
    });
  });

  test('a server that cannot encrypt is refused where encryption is required', async () => {
    const outcome = await perform({ connection: `${connection}?sslmode=require`, query: 'SELECT 1' });
    expect(outcome).toMatchObject({
      kind: 'not-carried-out',
      reason: expect.stringContaining('does not support SSL'),
    });
    expect((await output({ connection: `${connection}?sslmode=prefer`, query: 'SELECT 1' }))['row_count']).toBe(1);
  });

  const running = (mark: string) =>
    elsewhere(
      `SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(60), ''${mark}''%'`,
    );

  test('a timeout cancels the query on the server and leaves the session usable', async () => {
    await output({ query: 'CREATE TEMP TABLE kept (id int)' });
    const mark = fresh();
    expect(await perform({ query: `SELECT pg_sleep(60), '${mark}'`, timeout: '200ms' })).toMatchObject({
      code: 'TM4102',
    });
    expect((await running(mark))['row_count']).toBe(0);
    expect((await output({ query: 'SELECT * FROM kept' }))['row_count']).toBe(0);
  });

  test('a cancelled step throws the reason, and nothing keeps running', async () => {
    const mark = fresh();
    const cancellation = new AbortController();
    setTimeout(() => cancellation.abort(new Error('the run was cancelled')), 100);
    context = { ...context, signal: cancellation.signal };
    await expect(perform({ query: `SELECT pg_sleep(60), '${mark}'` })).rejects.toThrow('the run was cancelled');
    expect((await running(mark))['row_count']).toBe(0);
  });

  test('a cancelled transaction leaves nothing behind', async () => {
    await output({ query: 'CREATE TEMP TABLE t (id int)' });
    const cancelled = { ...context, signal: AbortSignal.timeout(200) };
    const statements = ['INSERT INTO t VALUES (1)', 'SELECT pg_sleep(60)'];
    await expect(databaseQuery.perform({ connection, statements }, cancelled)).rejects.toThrow();
    expect((await output({ query: 'SELECT * FROM t' }))['row_count']).toBe(0);
  });

  test('an endless answer is refused while it arrives', async () => {
    const query = "SELECT repeat('x', 1000), generate_series(1, 100000000)";
    expect(await perform({ query, max_result_size: '1MB' })).toMatchObject({ code: 'TM4104' });
    expect((await output({ query: 'SELECT 1' }))['row_count']).toBe(1);
  });
});
