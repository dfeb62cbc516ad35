import { expect, test } from '@jest/globals';
import type { Value } from '@testmesh/domain';
import { bindPostgres, inlineMysql } from './parameters.ts';

const quote = (value: Value) => `<${String(value)}>`;

test('positional parameters of PostgreSQL go through as they are', () => {
  expect(bindPostgres('SELECT $1', [5])).toEqual({ text: 'SELECT $1', values: [5] });
});

test('named parameters become numbered ones; casts, slices and strings stay', () => {
  expect(bindPostgres(`SELECT :id::text, a[1:2], ':id', :name WHERE x = :id`, { id: 1, name: 'n' })).toEqual({
    text: `SELECT $1::text, a[1:2], ':id', $2 WHERE x = $1`,
    values: [1, 'n'],
  });
});

test('a question mark is a placeholder only when nothing else can be meant', () => {
  expect(bindPostgres('SELECT ?', [1]).text).toBe('SELECT $1');
  expect(bindPostgres("SELECT tags ? 'a' WHERE id = $1", [1]).text).toBe("SELECT tags ? 'a' WHERE id = $1");
});

test('an at sign in the text loses no parameter', () => {
  expect(bindPostgres("SELECT * FROM users WHERE email = 'a@b.c' AND id = $1", [7]).values).toEqual([7]);
});

test('a name that is not given, or not used, is refused by name', () => {
  expect(() => bindPostgres('SELECT :idd', { id: 1 })).toThrow('the query uses :idd, but `params` has only id');
  expect(() => bindPostgres('SELECT 1', { id: 1 })).toThrow('`params.id` is given, but the query has no :id');
});

test('MySQL takes question marks, numbers and names, never inside a string', () => {
  expect(inlineMysql("SELECT ?, '?', ?", [1, 'b'], quote)).toBe("SELECT <1>, '?', <b>");
  expect(inlineMysql('SELECT $2, $1', ['a', 'b'], quote)).toBe('SELECT <b>, <a>');
  expect(inlineMysql("SELECT :a, ':a'", { a: 1 }, quote)).toBe("SELECT <1>, ':a'");
});

test('MySQL placeholders and values must be equally many', () => {
  expect(() => inlineMysql('SELECT ?, ?', [1], quote)).toThrow('placeholder 2');
  expect(() => inlineMysql('SELECT ?', [1, 2], quote)).toThrow('1 placeholders');
});
