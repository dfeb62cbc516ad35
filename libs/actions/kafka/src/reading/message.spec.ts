import { describe, expect, test } from '@jest/globals';
import { canonicalJson, ExactNumber, type ValueMap } from '@testmesh/domain';
import fc from 'fast-check';
import type { RawRecord } from 'kafkajs/src/cluster/index.js';
import { readThroughPath, toMessage } from './message.ts';

const record = (value: string | Buffer | null, more: Partial<RawRecord> = {}): RawRecord => ({
  offset: '7',
  timestamp: '1700000000000',
  key: Buffer.from('k'),
  value: typeof value === 'string' ? Buffer.from(value) : value,
  headers: {},
  isControlRecord: false,
  ...more,
});

test('a JSON value is parsed with its digits, and its fields are reachable on the message', () => {
  expect(toMessage('orders', 2, record('{"order_id":"o-1","total":12345678901234567.89}'))).toEqual({
    topic: 'orders',
    partition: 2,
    offset: 7,
    key: 'k',
    value: { order_id: 'o-1', total: new ExactNumber('12345678901234567.89') },
    raw: '{"order_id":"o-1","total":12345678901234567.89}',
    headers: {},
    timestamp: '2023-11-14T22:13:20.000Z',
    order_id: 'o-1',
    total: new ExactNumber('12345678901234567.89'),
  });
});

test('what is not JSON stays text, and a tombstone is null', () => {
  expect(toMessage('t', 0, record('plain text'))).toMatchObject({ value: 'plain text', raw: 'plain text' });
  expect(toMessage('t', 0, record('5'))).toMatchObject({ value: 5, raw: '5' });
  expect(toMessage('t', 0, record(null, { key: null }))).toMatchObject({ value: null, raw: null, key: null });
});

test('bytes that are no text arrive as base64 and say so', () => {
  expect(toMessage('t', 0, record(Buffer.from([0xff, 0xfe, 0])))).toMatchObject({
    value: '//4A',
    raw: '//4A',
    encoding: 'base64',
  });
});

test('an offset beyond a double keeps its digits', () => {
  expect(toMessage('t', 0, record('x', { offset: '9007199254740993' })).offset).toEqual(
    new ExactNumber('9007199254740993'),
  );
});

test('a header that comes twice is a list', () => {
  const headers = { kind: Buffer.from('order'), via: [Buffer.from('a'), Buffer.from('b')], empty: undefined };
  expect(toMessage('t', 0, record('x', { headers })).headers).toEqual({ kind: 'order', via: ['a', 'b'], empty: null });
});

describe('reading through to the value', () => {
  test("a field of the value never hides the message's own, whatever the fields are called", () => {
    const own = ['topic', 'partition', 'offset', 'key', 'value', 'raw', 'headers', 'timestamp'];
    const field = fc.oneof(fc.constantFrom(...own, '__proto__', 'constructor'), fc.string());
    fc.assert(
      fc.property(fc.dictionary(field, fc.jsonValue()), (payload) => {
        const raw = JSON.stringify(payload);
        const message = toMessage('orders', 2, record(raw)) as ValueMap;
        expect(message).toMatchObject({ topic: 'orders', partition: 2, offset: 7, key: 'k', raw });
        for (const [name, value] of Object.entries(JSON.parse(raw) as ValueMap)) {
          if (own.includes(name)) continue;
          expect(Object.hasOwn(message, name)).toBe(true);
          expect(canonicalJson(message[name] ?? null)).toBe(canonicalJson(value));
        }
      }),
    );
  });

  test('a path to a field on the message is a path into its value', () => {
    expect(readThroughPath(['messages', 0, 'order_id'])).toEqual(['messages', 0, 'value', 'order_id']);
    expect(readThroughPath(['result', 'messages', 0, 'a', 'b'])).toEqual(['result', 'messages', 0, 'value', 'a', 'b']);
    expect(readThroughPath(['messages', 0, 'key'])).toEqual(['messages', 0, 'key']);
    expect(readThroughPath(['messages', 0])).toEqual(['messages', 0]);
    expect(readThroughPath(['value', 'id'])).toEqual(['value', 'id']);
  });
});
