import { afterEach, describe, expect, test } from '@jest/globals';
import type { Expectations } from '@testmesh/action-kit';
import { ExactNumber, type ValueMap } from '@testmesh/domain';
import { actionContext } from '@testmesh/testing';
import { describeWith } from '../../../../tools/testing/real.ts';
import { databaseQuery } from './index.ts';

let context = actionContext();
afterEach(async () => {
  await context.close();
  context = actionContext();
});

/** Expectations that hold when `holds` says so of a result. */
const expecting = (holds: (result: ValueMap) => boolean): Expectations => ({
  names: () => false,
  judge: (result) => ({ holds: holds(result), records: [] }),
  present: true,
  correlations: [],
});

const fresh = (): string => `s_${Math.random().toString(36).slice(2, 10)}`;

describeWith('postgres', 'database_query on PostgreSQL', (connection) => {
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

  describe('rows', () => {
    test('the result has rows, their number, the first one and the columns', async () => {
      const result = await output({ query: "SELECT 98 AS inventory, '00501' AS zip" });
      expect(result).toMatchObject({
        rows: [{ inventory: 98, zip: '00501' }],
        row_count: 1,
        first_row: { inventory: 98, zip: '00501' },
        columns: ['inventory', 'zip'],
        query_type: 'SELECT',
        rows_affected: 0,
        truncated: false,
      });
      expect(result).not.toHaveProperty('results');
    });

    test('no rows: the first one is null', async () => {
      expect(await output({ query: 'SELECT 1 WHERE false' })).toMatchObject({
        rows: [],
        row_count: 0,
        first_row: null,
      });
    });

    test('numbers beyond a double keep their digits, both ways', async () => {
      const params = [new ExactNumber('9007199254740993'), new ExactNumber('0.12345678901234567890')];
      const { rows } = await output({ query: 'SELECT $1::bigint AS a, $2::numeric AS b', params });
      expect(rows).toEqual([{ a: params[0], b: params[1] }]);
    });

    test.each([
      ['WITH a AS (SELECT 1 AS x) SELECT x FROM a', 1],
      ['VALUES (1)', 1],
      ['-- a comment first\nSELECT 1', 1],
      ['SHOW server_version', 1],
      ['EXPLAIN SELECT 1', 1],
    ])('%j returns rows', async (query, count) => {
      expect((await output({ query }))['row_count']).toBe(count);
    });

    test('RETURNING brings rows and the number of those affected', async () => {
      await output({ query: 'CREATE TEMP TABLE t (id int, name text)' });
      const query = "INSERT INTO t VALUES (1, 'a'), (2, 'b') RETURNING id";
      expect(await output({ query })).toMatchObject({
        rows: [{ id: 1 }, { id: 2 }],
        rows_affected: 2,
        query_type: 'INSERT',
      });
      expect(await output({ query: 'DELETE FROM t' })).toMatchObject({ rows_affected: 2, row_count: 0 });
    });

    test("arrays of the database's own enums are lists", async () => {
      await output({ schema: { create: fresh() }, query: "CREATE TYPE mood AS ENUM ('sad', 'ok')" });
      expect((await output({ query: "SELECT ARRAY['sad','ok']::mood[] AS m" }))['rows']).toEqual([
        { m: ['sad', 'ok'] },
      ]);
    });

    test('max_rows keeps the first ones and says that there were more', async () => {
      const result = await output({ query: 'SELECT * FROM generate_series(1, 10) AS n', max_rows: 2 });
      expect(result).toMatchObject({ rows: [{ n: 1 }, { n: 2 }], row_count: 2, truncated: true });
    });
  });

  describe('parameters', () => {
    test('by number, by name, by question mark', async () => {
      for (const [query, params] of [
        ['SELECT $2::text AS b, $1::int AS a', [1, 'x']],
        ['SELECT :b::text AS b, :a::int AS a', { a: 1, b: 'x' }],
        ['SELECT ?::text AS b, ?::int AS a', ['x', 1]],
      ] as const) {
        expect((await output({ query, params }))['rows']).toEqual([{ b: 'x', a: 1 }]);
      }
    });

    test('a list is an array, a map is JSON', async () => {
      const query = "SELECT 2 = ANY($1::int[]) AS found, $2::jsonb ->> 'a' AS a";
      expect((await output({ query, params: [[1, 2], { a: 'x' }] }))['rows']).toEqual([{ found: true, a: 'x' }]);
    });

    test('a text with SQL in it stays a text', async () => {
      const params = ["'; DROP TABLE t; --"];
      expect((await output({ query: 'SELECT $1::text AS t', params }))['rows']).toEqual([{ t: params[0] }]);
    });

    test('a name that is not given is refused before anything is sent', async () => {
      expect(await perform({ query: 'SELECT :b', params: { a: 1 } })).toMatchObject({ code: 'TM4103' });
    });
  });

  describe('several statements', () => {
    test('the rows are those of the last statement that returned any; results has them all', async () => {
      const query = 'CREATE TEMP TABLE t (id int); INSERT INTO t VALUES (1), (2); SELECT id FROM t; DELETE FROM t';
      const result = await output({ query });
      expect(result).toMatchObject({ rows: [{ id: 1 }, { id: 2 }], query_type: 'SELECT', rows_affected: 4 });
      expect((result['results'] as ValueMap[]).map((one) => one['query_type'])).toEqual([
        'CREATE',
        'INSERT',
        'SELECT',
        'DELETE',
      ]);
    });

    test('statements are one transaction: all or none', async () => {
      await output({ query: 'CREATE TEMP TABLE t (id int PRIMARY KEY)' });
      const statements = [{ query: 'INSERT INTO t VALUES ($1)', params: [1] }, 'INSERT INTO t VALUES (1)'];
      expect(await perform({ statements })).toMatchObject({ kind: 'not-carried-out', code: '23505' });
      expect((await output({ query: 'SELECT * FROM t' }))['row_count']).toBe(0);
      await perform({ statements, transaction: false });
      expect((await output({ query: 'SELECT * FROM t' }))['row_count']).toBe(1);
    });
  });

  describe('the session', () => {
    test('C1: SET holds for later steps of the run, and ends with it', async () => {
      const schema = fresh();
      await output({ query: `CREATE SCHEMA ${schema}; SET search_path TO ${schema}` });
      expect((await output({ query: 'SELECT current_schema() AS s' }))['rows']).toEqual([{ s: schema }]);
      await output({ query: `DROP SCHEMA ${schema}` });
      await context.close();
      expect((await output({ query: 'SHOW search_path' }))['first_row']).toEqual({ search_path: '"$user", public' });
    });

    test('C3: a schema made for the run is the current one, and gone with the run', async () => {
      const schema = fresh();
      await output({ schema: { create: schema }, query: 'CREATE TABLE notes (id int)' });
      // An open transaction must not keep the schema alive.
      await output({ query: 'BEGIN; INSERT INTO notes VALUES (1)' });
      const find = `SELECT 1 FROM information_schema.schemata WHERE schema_name = '${schema}'`;
      expect((await elsewhere(find))['row_count']).toBe(1);
      await context.close();
      expect((await elsewhere(find))['row_count']).toBe(0);
    });

    test('C3: a schema that was there before is never taken over, so never dropped', async () => {
      const schema = fresh();
      await elsewhere(`CREATE SCHEMA ${schema}`);
      expect(await perform({ schema: { create: schema }, query: 'SELECT 1' })).toMatchObject({ code: '42P06' });
      await context.close();
      expect((await elsewhere(`DROP SCHEMA ${schema}`))['query_type']).toBe('DROP');
    });

    test('C2: after the server ended the session the next step has a new one, in the same schema', async () => {
      const schema = fresh();
      await output({ schema: { create: schema }, query: 'CREATE TABLE notes (id int)' });
      const outcome = await perform({ query: 'SELECT pg_terminate_backend(pg_backend_pid())' });
      expect(outcome).toMatchObject({
        code: 'TM4105',
        reason: expect.stringContaining('was lost during the query'),
      });
      expect((await output({ query: 'SELECT current_schema() AS s' }))['rows']).toEqual([{ s: schema }]);
    });
  });

  describe('poll', () => {
    test('repeats until the assertions hold', async () => {
      await output({ query: 'CREATE TEMP SEQUENCE tries' });
      await output({ query: 'CREATE TEMP VIEW counted AS SELECT nextval($$tries$$) AS n' });
      context = { ...context, expectations: expecting(({ first_row: row }) => (row as ValueMap)['n'] === 3) };
      const poll = { timeout: '5s', interval: '10ms' };
      expect(await output({ query: 'SELECT n FROM counted', poll })).toMatchObject({ attempts: 3, rows: [{ n: 3 }] });
    });

    test('at the deadline the last rows are the result, and the exchange shows them', async () => {
      context = actionContext({ expectations: expecting(() => false) });
      const outcome = await perform({ query: 'SELECT 1 AS n', poll: { timeout: '100ms', interval: '20ms' } });
      expect(outcome).toMatchObject({
        kind: 'completed',
        output: { rows: [{ n: 1 }] },
        exchange: { seen: [{ n: 1 }] },
      });
    });

    test('a table that is not there yet is waited for, and named at the deadline', async () => {
      context = actionContext({ expectations: expecting(() => true) });
      const table = `later_${fresh()}`;
      const poll = { timeout: '3s', interval: '20ms' };
      const creation = new Promise((done) => setTimeout(done, 100)).then(() =>
        elsewhere(`CREATE TABLE ${table} (id int)`),
      );
      expect((await output({ query: `SELECT * FROM ${table}`, poll }))['attempts']).toBeGreaterThan(1);
      await creation;
      await elsewhere(`DROP TABLE ${table}`);
      expect(await perform({ query: `SELECT * FROM ${table}`, poll: { ...poll, timeout: '100ms' } })).toMatchObject({
        code: '42P01',
      });
    });

    test('a syntax error is not waited for', async () => {
      context = actionContext({ expectations: expecting(() => true) });
      const startedAt = performance.now();
      const poll = { timeout: '30s', interval: '10ms' };
      expect(await perform({ query: 'SELECT FROM WHERE', poll })).toMatchObject({ code: '42601' });
      expect(performance.now() - startedAt).toBeLessThan(5000);
    });

    test('what writes runs once, although an environment gives poll to every query', async () => {
      await output({ query: 'CREATE TEMP TABLE t (id int)' });
      context = { ...context, expectations: expecting(() => false) };
      await output({ query: 'INSERT INTO t VALUES (1)', poll: { timeout: '200ms', interval: '10ms' } });
      expect((await output({ query: 'SELECT * FROM t' }))['row_count']).toBe(1);
    });
  });
});
