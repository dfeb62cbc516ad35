import { expect, test } from '@jest/globals';
import { deleteStatement, insertStatement, updateStatement } from './postgresql-statements.ts';

test('identifiers are quoted, so none can end its statement', () => {
  expect(insertStatement('shop.or"ders', { 'id"; DROP': 1 }, ['id', 'x']).query).toBe(
    'INSERT INTO "shop"."or""ders" ("id""; DROP") VALUES ($1) RETURNING "id", "x"',
  );
});

test('several rows make one statement, when their columns agree', () => {
  expect(
    insertStatement(
      't',
      [
        { a: 1, b: 2 },
        { b: 4, a: 3 },
      ],
      '*',
    ),
  ).toEqual({
    query: 'INSERT INTO "t" ("a", "b") VALUES ($1, $2), ($3, $4) RETURNING *',
    params: [1, 2, 3, 4],
  });
  expect(() => insertStatement('t', [{ a: 1 }, { b: 2 }], '*')).toThrow('row 2 of `data` has other columns');
});

test("the condition's parameters come after the values, also the tenth", () => {
  const where = "id = $1 AND note <> '$1' AND n IN ($2, $10)";
  expect(updateStatement('t', { a: 1, b: 2 }, { where, whereParams: [7, 8], returning: '*' })).toEqual({
    query: `UPDATE "t" SET "a" = $1, "b" = $2 WHERE id = $3 AND note <> '$1' AND n IN ($4, $12) RETURNING *`,
    params: [1, 2, 7, 8],
  });
});

test('a delete returns rows only when asked', () => {
  expect(deleteStatement('t', { where: 'id = $1', params: [1], returning: undefined }).query).toBe(
    'DELETE FROM "t" WHERE id = $1',
  );
});
