import { expect, test } from '@jest/globals';
import { postgresqlQuerySchema } from './postgresql-rows-schema.ts';
import { databaseQuerySchema, dbPollSchema } from './schema.ts';

const messages = (config: object): string[] =>
  databaseQuerySchema.config
    .safeParse(config)
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

test('a missing query is said even when the connection is left to the environment', () => {
  expect(messages({})).toContain('query: a query is missing');
});

test('query and statements exclude each other, and params belong to the query', () => {
  const connection = 'postgres://a@b/c';
  expect(messages({ connection, query: 'SELECT 1', statements: ['SELECT 2'] })).toEqual([
    'statements: give either `query` or `statements`',
  ]);
  expect(messages({ connection, statements: ['SELECT 2'], params: [1] })).toEqual([
    'params: with `statements`, each statement carries its own `params`',
  ]);
});

test.each([
  [{ query: 'SELECT 1' }, 'repeatable'],
  [{ query: 'SELECT 1; SELECT 2' }, 'once'],
  [{ query: 'DELETE FROM t' }, 'once'],
  [{ query: 'SELECT 1', schema: { create: 's' } }, 'once'],
  [{ statements: ['SELECT 1'] }, 'once'],
])('the effect of %j is %s', (config, effect) => {
  expect(databaseQuerySchema.effect(config)).toBe(effect);
});

test('short forms of a db_poll condition mean the long ones', () => {
  const { normalise } = dbPollSchema;
  expect(normalise({ query: 'q', expected_rows: 2 })).toEqual({
    query: 'q',
    condition: { type: 'row_count', min_count: 2 },
  });
  expect(normalise({ query: 'q', column: 'status', expected_value: 'done' })).toEqual({
    query: 'q',
    condition: { type: 'value_equals', column: 'status', value: 'done' },
  });
  expect(normalise({ condition: { type: 'row_value', column: 'a', value: 1 } })).toEqual({
    condition: { type: 'value_equals', column: 'a', value: 1 },
  });
});

test('an unknown condition is an error, not "some row"', () => {
  const config = { connection: 'postgres://a@b/c', query: 'SELECT 1', condition: { type: 'rows_exist' } };
  expect(dbPollSchema.config.safeParse(config).success).toBe(false);
});

test('host and port beside the other keys become the connection of postgresql.*', () => {
  const config = {
    host: 'db',
    port: 5433,
    user: 'a',
    password: 'b',
    database: 'x',
    sslmode: 'disable',
    query: 'SELECT 1',
  };
  expect(postgresqlQuerySchema.normalise({ ...config, connectionTimeout: 500 })).toEqual({
    query: 'SELECT 1',
    connection: { host: 'db', port: 5433, user: 'a', password: 'b', database: 'x', ssl: 'disable', timeout: '500ms' },
  });
});
