import { afterEach, expect, test } from '@jest/globals';
import { ExactNumber, type ValueMap } from '@testmesh/domain';
import { actionContext } from '@testmesh/testing';
import { describeWith } from '../../../../tools/testing/real.ts';
import { databaseQuery } from './index.ts';

let context = actionContext();
afterEach(async () => {
  await context.close();
  context = actionContext();
});

const fresh = (): string => `s_${Math.random().toString(36).slice(2, 10)}`;

describeWith('mysql', 'database_query on MySQL and MariaDB', (connection) => {
  const perform = (config: ValueMap) => databaseQuery.perform({ connection, ...config }, context);
  const output = async (config: ValueMap): Promise<ValueMap> => {
    const outcome = await perform(config);
    if (outcome.kind !== 'completed') throw new Error(`${outcome.code}: ${outcome.reason}`);
    return outcome.output;
  };

  test('values keep their digits, text stays text, times are ISO 8601', async () => {
    await output({
      schema: { create: fresh() },
      query: `CREATE TABLE t (id BIGINT, price DECIMAL(30,20), ok BOOLEAN, zip TEXT, doc JSON, at TIMESTAMP(3), day DATE, raw VARBINARY(4));
        INSERT INTO t VALUES (9007199254740993, 0.12345678901234567890, true, '00501', '{"a":1}', '2026-01-02 03:04:05.123', '2026-01-02', 0xdead)`,
    });
    expect((await output({ query: 'SELECT * FROM t' }))['rows']).toEqual([
      {
        id: new ExactNumber('9007199254740993'),
        price: new ExactNumber('0.12345678901234567890'),
        ok: true,
        zip: '00501',
        doc: { a: 1 },
        at: '2026-01-02T03:04:05.123Z',
        day: '2026-01-02',
        raw: '\\xdead',
      },
    ]);
  });

  test('parameters of every style are escaped, a list fits IN', async () => {
    for (const [query, params] of [
      ['SELECT ? AS a, ? AS b', ["it's", new ExactNumber('9007199254740993')]],
      ['SELECT $1 AS a, $2 AS b', ["it's", new ExactNumber('9007199254740993')]],
      ['SELECT :a AS a, :b AS b', { a: "it's", b: new ExactNumber('9007199254740993') }],
    ] as const) {
      expect((await output({ query, params }))['rows']).toEqual([
        { a: "it's", b: new ExactNumber('9007199254740993') },
      ]);
    }
    expect((await output({ query: 'SELECT 2 IN (?) AS found', params: [[1, 2]] }))['rows']).toEqual([{ found: 1 }]);
  });

  test('several statements, a transaction and a dropped schema', async () => {
    const schema = fresh();
    await output({ schema: { create: schema }, query: 'CREATE TABLE t (id INT PRIMARY KEY)' });
    const result = await output({
      query: 'INSERT INTO t VALUES (1), (2); SELECT * FROM t; DELETE FROM t WHERE id = 2',
    });
    expect(result).toMatchObject({ rows: [{ id: 1 }, { id: 2 }], rows_affected: 3, query_type: 'SELECT' });
    expect(await perform({ statements: ['INSERT INTO t VALUES (3)', 'INSERT INTO t VALUES (1)'] })).toMatchObject({
      code: 'ER_DUP_ENTRY',
    });
    expect((await output({ query: 'SELECT * FROM t' }))['row_count']).toBe(1);
    await context.close();
    expect((await output({ query: `SHOW DATABASES LIKE '${schema}'` }))['row_count']).toBe(0);
  });

  test('a timeout cancels the query and leaves the session usable', async () => {
    await output({ query: 'SET @kept = 1' });
    const query = 'SELECT SLEEP(60) FROM information_schema.tables';
    expect(await perform({ query, timeout: '200ms' })).toMatchObject({ code: 'TM4102' });
    expect((await output({ query: 'SELECT @kept AS kept' }))['rows']).toEqual([{ kept: 1 }]);
  });

  test('a cancelled step throws the reason', async () => {
    context = { ...context, signal: AbortSignal.timeout(100) };
    await expect(perform({ query: 'SELECT SLEEP(60)' })).rejects.toThrow('timeout');
  });

  test('a session that the server ends is replaced at the next step', async () => {
    expect(await perform({ query: 'KILL CONNECTION_ID()' })).toMatchObject({ code: 'TM4105' });
    expect((await output({ query: 'SELECT 1' }))['row_count']).toBe(1);
  });

  test('refusals have their codes: credentials, database, table, size', async () => {
    const stranger = Object.assign(new URL(connection), { username: 'stranger', password: 'nobody-knows' }).href;
    expect(await perform({ connection: stranger, query: 'SELECT 1' })).toMatchObject({
      code: 'ER_ACCESS_DENIED_ERROR',
    });
    const nowhere = Object.assign(new URL(connection), { pathname: '/no_such_database' }).href;
    expect(await perform({ connection: nowhere, query: 'SELECT 1' })).toMatchObject({ code: 'ER_BAD_DB_ERROR' });
    expect(await perform({ query: 'SELECT * FROM no_such_table' })).toMatchObject({ code: 'ER_NO_SUCH_TABLE' });
    const endless = "SELECT repeat('x', 1000) FROM information_schema.columns a, information_schema.columns b";
    expect(await perform({ query: endless, max_result_size: '1MB' })).toMatchObject({ code: 'TM4104' });
  });
});
