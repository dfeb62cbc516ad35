import { expect, test } from '@jest/globals';
import { ExactNumber } from '@testmesh/domain';
import type { FieldExpectation } from './config.ts';
import { judgeField } from './field-expectations.ts';

const row = { total: 59.98, big: new ExactNumber('9007199254740993'), name: 'Widget', tags: ['a', 'b'], gone: null };
const passes = (field: string, operator: FieldExpectation['operator'], value: FieldExpectation['value'] = null) =>
  judgeField(row, { field, operator, value }).passed;

test('numbers compare by value, texts as texts, and never with one another', () => {
  expect(passes('total', 'eq', 59.98)).toBe(true);
  expect(passes('big', 'gt', new ExactNumber('9007199254740992'))).toBe(true);
  expect(passes('name', 'gte', 'Widget')).toBe(true);
  expect(passes('total', 'eq', '59.98')).toBe(false);
  expect(passes('total', 'lt', '99')).toBe(false);
  expect(passes('name', 'neq', 'Gadget')).toBe(true);
  expect(passes('total', 'lte', 59)).toBe(false);
});

test('contains looks into texts and lists; null has its own operators', () => {
  expect(passes('name', 'contains', 'idg')).toBe(true);
  expect(passes('tags', 'contains', 'b')).toBe(true);
  expect(passes('tags', 'contains', 'c')).toBe(false);
  expect(passes('gone', 'isNull')).toBe(true);
  expect(passes('name', 'isNotNull')).toBe(true);
});

test('a column that is not there passes nothing, not even neq; nor does a missing row', () => {
  expect(judgeField(row, { field: 'totl', operator: 'neq', value: 1 })).toMatchObject({
    passed: false,
    message: 'the row has no column totl; it has total, big, name, tags, gone',
  });
  expect(judgeField(undefined, { field: 'total', operator: 'isNull' })).toMatchObject({
    passed: false,
    message: 'the query returned no row',
  });
});
