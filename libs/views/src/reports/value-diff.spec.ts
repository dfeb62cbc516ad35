import { expect, test } from '@jest/globals';
import { diffValues } from './value-diff.ts';
import { counted, duration, valueBlock, valueLine } from './value-text.ts';

test('equal values have no difference', () => {
  expect(diffValues({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
});

test('only the changed branches of a tree are shown, by path', () => {
  expect(
    diffValues(
      { id: 1, items: [{ quantity: 2, sku: 'a' }] },
      { id: 1, items: [{ quantity: 3, sku: 'a' }], extra: true },
    ),
  ).toEqual([
    { sign: '-', path: 'items[0].quantity', text: '2' },
    { sign: '+', path: 'items[0].quantity', text: '3' },
    { sign: '-', path: 'extra', text: 'nothing' },
    { sign: '+', path: 'extra', text: 'true' },
  ]);
});

test('a number against its text names both kinds', () => {
  expect(diffValues(59.98, '59.98')).toEqual([
    { sign: '-', path: '', text: 'number 59.98' },
    { sign: '+', path: '', text: 'string "59.98"' },
  ]);
});

test('durations and counts read as a person would say them', () => {
  expect([0.2, 84.4, 3400, 125_000].map(duration)).toEqual(['< 1 ms', '84 ms', '3.4 s', '2 min 5 s']);
  expect([counted(1, 'step'), counted(2, 'step')]).toEqual(['1 step', '2 steps']);
});

test('a long value is cut and says so', () => {
  expect(valueLine('x'.repeat(300), 20)).toBe(`"${'x'.repeat(18)}… (302 characters)`);
  expect(valueBlock('a\nb\nc\nd', 3)).toEqual(['a', 'b', '… 2 more lines']);
});
