import { expect, test } from '@jest/globals';
import { kafkaConsumerConfig } from '../config.ts';
import { matchRequirements } from './matching.ts';
import type { Message } from './message.ts';

const message: Message = {
  topic: 'orders',
  partition: 0,
  offset: 1,
  key: 'order-17',
  value: { order_id: 'o-1', total: 5, items: [{ sku: 'A' }] },
  raw: '',
  headers: { kind: 'order', via: ['a', 'b'] },
  timestamp: '2026-01-01T00:00:00.000Z',
};

const requirementsOf = (match: unknown) =>
  matchRequirements(kafkaConsumerConfig.parse({ brokers: 'b:1', topic: 't', match }).match);
const mismatches = (match: unknown) => requirementsOf(match).flatMap(({ mismatch }) => mismatch(message) ?? []);

test.each([
  [{ key: 'order-17' }, []],
  [{ key: 'order-18' }, ['key is "order-17", not "order-18"']],
  [{ key: 17 }, ['key is "order-17", not "17"']],
  [{ key_pattern: '^order-\\d+$' }, []],
  [{ key_pattern: '^user' }, ['key is "order-17"']],
  [{ headers: { kind: 'order' } }, []],
  [{ header: { kind: 'order' } }, []],
  [{ headers: { via: 'b' } }, []],
  [{ headers: { kind: 'user' } }, ['headers.kind is "order", not "user"']],
  [{ headers: { none: 'x' } }, ['headers.none does not exist; there is kind, via']],
  [{ json_path: "$.order_id == 'o-1'" }, []],
  [{ json_path: ["$.order_id == 'o-1'", '$.total > 9'] }, ['total is 5, not as in $.total > 9']],
  [{ json_path: '$.items[0].sku', json_value: 'A' }, []],
  [{ json_path: '$.total', json_value: '5' }, ['value.total is 5, not "5" (a number, not a string)']],
  [{ json_path: { '$.order_id': 'o-1', total: 6 } }, ['value.total is 5, not 6']],
  [{ key: 'x', json_path: '$.total == 1' }, ['key is "order-17", not "x"', 'total is 5, not as in $.total == 1']],
])('match %j', (match, expected) => {
  expect(mismatches(match)).toEqual(expected);
});

test('a catastrophic pattern is matched in linear time', () => {
  const [requirement] = requirementsOf({ key_pattern: '^(a+)+$' });
  const startedAt = performance.now();
  expect(requirement?.mismatch({ ...message, key: `${'a'.repeat(5000)}b` })).toBeDefined();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test('a pattern that is no regular expression is refused', () => {
  expect(() => requirementsOf({ key_pattern: '(' })).toThrow(/"\(" is no regular expression/);
});

test('a text that was a template and turns out to be no condition or path is refused', () => {
  expect(() => requirementsOf({ json_path: '${x}' })).toThrow(/not a condition/);
  expect(() => requirementsOf({ json_path: { '${x}': 1 } })).toThrow(/no path/);
});
