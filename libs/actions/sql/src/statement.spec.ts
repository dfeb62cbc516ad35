import { expect, test } from '@jest/globals';
import { splitStatements } from './statement.ts';

const keywords = (sql: string, dialect: 'postgres' | 'mysql' = 'postgres') =>
  splitStatements(sql, dialect).map(({ keyword }) => keyword);

test('S1: a semicolon inside a string, a name, a body or a comment ends nothing', () => {
  expect(keywords(`SELECT ';' ; SELECT ";" ; /* ; /* ; */ ; */ SELECT $$ ; $$ ; -- ;\n SELECT $a$ ; $$ ; $a$`)).toEqual(
    ['SELECT', 'SELECT', 'SELECT', 'SELECT'],
  );
});

test('doubled quotes and escapes belong to the string', () => {
  expect(keywords(`SELECT 'it''s; fine'; DELETE FROM t`)).toEqual(['SELECT', 'DELETE']);
  expect(keywords(String.raw`SELECT E'it\'s; fine'; DELETE FROM t`)).toEqual(['SELECT', 'DELETE']);
  expect(keywords(String.raw`SELECT 'a\'; b'; DELETE FROM t`, 'mysql')).toEqual(['SELECT', 'DELETE']);
  expect(keywords('SELECT `a;b` # ;\n; DELETE FROM t', 'mysql')).toEqual(['SELECT', 'DELETE']);
});

test('a statement keeps its text, and a trailing semicolon adds none', () => {
  expect(splitStatements(' DELETE FROM a ;\n DELETE FROM b;\n', 'postgres').map(({ text }) => text)).toEqual([
    'DELETE FROM a',
    'DELETE FROM b',
  ]);
});

test('comments alone are no statement', () => {
  expect(splitStatements('-- nothing here\n/* or here */', 'postgres')).toEqual([]);
});

test.each([
  ['SELECT 1', true],
  ['-- why\n select * from orders', true],
  ['WITH a AS (SELECT 1) SELECT * FROM a', true],
  ['SHOW search_path', true],
  ["SELECT 'please insert into'", true],
  ['WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone', false],
  ['SELECT * INTO copy FROM t', false],
  ["SELECT nextval('s')", false],
  ['SELECT * FROM t FOR UPDATE', false],
  ['EXPLAIN ANALYZE DELETE FROM t', false],
  ['INSERT INTO t VALUES (1) RETURNING id', false],
  ['CREATE TABLE t (id int)', false],
])('%j reads only: %p', (sql, readsOnly) => {
  expect(splitStatements(sql, 'postgres')[0]?.readsOnly).toBe(readsOnly);
});
