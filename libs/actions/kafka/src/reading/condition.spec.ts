import { describe, expect, test } from '@jest/globals';
import { ExactNumber, type Value } from '@testmesh/domain';
import fc from 'fast-check';
import { conditionHolds, parseCondition } from './condition.ts';

const holds = (text: string, value: Value): boolean => {
  const parsed = parseCondition(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return conditionHolds(parsed, value);
};

const order: Value = {
  order_id: 'o-1',
  total: 59.98,
  big: new ExactNumber('12345678901234567890'),
  note: null,
  paid: true,
  items: [{ sku: 'SKU-100', quantity: 2 }],
  tags: ['new', 'web'],
  'order id': 5,
};

test.each([
  ["$.order_id == 'o-1'", true],
  ['$.order_id == "o-1"', true],
  ['order_id == "o-1"', true],
  ["$.order_id != 'o-2'", true],
  ['$.total == 59.98', true],
  ['$.total == 59.980', true],
  ['$.total > 59', true],
  ['$.total >= 60', false],
  ['$.total < 60', true],
  ['$.total <= 59.98', true],
  ['$.big == 12345678901234567890', true],
  ['$.big == 12345678901234567891', false],
  ['$.paid == true', true],
  ['$.note == null', true],
  ['$.note exists', true],
  ['$.missing exists', false],
  ["$.missing != 'x'", false],
  ["$.items[0].sku starts_with 'SKU'", true],
  ["$.items[0].sku ends_with '100'", true],
  ["$.items[0].sku contains 'U-1'", true],
  ['$.items[0].quantity >= 2', true],
  ["$.tags contains 'web'", true],
  ["$.tags contains 'mobile'", false],
  ["$['order id'] == 5", true],
  ["$.total == '59.98'", false],
  ["$.total > '1'", false],
  ["$.order_id > 'n'", true],
] as const)('%s is %s', (text, expected) => {
  expect(holds(text, order)).toBe(expected);
});

describe('what cannot be read is told', () => {
  test.each([
    ['$.a = 1', /not a condition/],
    ['$.a', /not a condition/],
    ['$.a == open', /texts stand in quotes/],
    ['$.a exists now', /nothing belongs after exists/],
    ['$..a == 1', /not a condition/],
    ['', /not a condition/],
  ])('%s', (text, problem) => {
    expect(parseCondition(text)).toEqual({ problem: expect.stringMatching(problem) });
  });

  test('any text is either read or refused, quickly', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const parsed = parseCondition(text);
        expect('problem' in parsed || parsed.path.length >= 0).toBe(true);
      }),
    );
    const startedAt = performance.now();
    parseCondition(`$${'.a'.repeat(20_000)}`);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
