import { describe, expect, test } from '@jest/globals';
import { ExactNumber, type Value } from '@testmesh/domain';
import fc from 'fast-check';
import { correlationRequirements, insteadOf, mustEqual, sameValue, valueAt } from './correlation.ts';

const correlation = (path: readonly (string | number)[], value: Value) => ({ path, value, expression: 'as written' });

describe('correlations about the first message', () => {
  const roots = ['value', 'key'];
  const order = { key: 'k-1', value: { order_id: 'o-1', lines: [{ sku: 'A' }] } };

  test('C1: paths of a root, of messages[0] and under result are held against one message', () => {
    const requirements = correlationRequirements(
      [
        correlation(['value', 'order_id'], 'o-1'),
        correlation(['messages', 0, 'value', 'lines', 0, 'sku'], 'A'),
        correlation(['result', 'messages', 0, 'key'], 'k-1'),
        correlation(['response', 'key'], 'k-1'),
      ],
      roots,
    );
    expect(requirements.map(({ text }) => text)).toEqual([
      'value.order_id == "o-1"',
      'value.lines[0].sku == "A"',
      'key == "k-1"',
      'key == "k-1"',
    ]);
    expect(requirements.map(({ mismatch }) => mismatch(order))).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('C1: what does not speak of the first message is left to the assertions', () => {
    const others = [['count'], ['messages', 1, 'key'], ['messages', 0], ['duration_ms']];
    expect(
      correlationRequirements(
        others.map((path) => correlation(path, 1)),
        roots,
      ),
    ).toEqual([]);
  });

  test('C2: a text is not the number it looks like, and the reason says so', () => {
    expect(mustEqual(['value'], '5')({ value: 5 })).toBe('value is 5, not "5" (a number, not a string)');
    expect(mustEqual(['value'], 60)({ value: new ExactNumber('60.00000000000000000000') })).toBeUndefined();
  });

  test('C3: a field that is missing is told with the names that are there', () => {
    expect(mustEqual(['value', 'user_id'], 'u')({ value: { userId: 'u', at: 1 } })).toBe(
      'value.user_id does not exist; there is userId, at',
    );
    expect(mustEqual(['value', 'id'], 1)({ value: 'plain text' })).toBe('value.id does not exist');
  });

  test('a long value is cut where it is shown', () => {
    expect(insteadOf({ value: 'x'.repeat(500) }, ['value'], '1').length).toBeLessThan(160);
  });
});

test('a path into prototypes leads nowhere', () => {
  expect(valueAt({}, ['__proto__'])).toBeUndefined();
  expect(valueAt({ a: [1] }, ['a', 'length'])).toBeUndefined();
  expect(valueAt(new ExactNumber('1e400'), ['text'])).toBeUndefined();
});

test('equality holds between a value and its copy, and never between values whose JSON differs', () => {
  const json = fc.jsonValue().map((value) => value as Value);
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(sameValue(a, structuredClone(a))).toBe(true);
      expect(sameValue(a, b)).toBe(sameValue(b, a));
      if (sameValue(a, [a] as Value)) throw new Error('a value equalled a list of itself');
    }),
  );
});
