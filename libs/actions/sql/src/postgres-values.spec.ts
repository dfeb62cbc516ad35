import { expect, test } from '@jest/globals';
import { ExactNumber } from '@testmesh/domain';
import { decodePostgres, encodePostgres } from './postgres-values.ts';
import { isoTimestamp, utcTimestamp } from './timestamps.ts';

const decode = (oid: number, text: string) => decodePostgres(oid, new Map([[20_000, 25]]))(text);

test.each([
  [20, '42', 42],
  [20, '9007199254740993', new ExactNumber('9007199254740993')],
  [1700, '60.00', 60],
  [1700, '0.12345678901234567890', new ExactNumber('0.12345678901234567890')],
  [701, '1e+20', 1e20],
])('P1: type %d reads %s as a number with its digits', (oid, text, value) => {
  expect(decode(oid, text)).toEqual(value);
});

test.each([
  [25, '00501'],
  [25, '1e5'],
  [1043, 'nan'],
  [2950, '3f1b2c04-0000-4000-8000-000000000000'],
  [17, '\\xdead'],
  [1082, '2026-01-02'],
  [1700, 'NaN'],
  [701, 'Infinity'],
  [1184, 'infinity'],
  [1114, '0044-03-15 12:00:00 BC'],
])('P1, P2: type %d leaves %s as text', (oid, text) => {
  expect(decode(oid, text)).toBe(text);
});

test('booleans, JSON and arrays have their own kinds', () => {
  expect(decode(16, 't')).toBe(true);
  expect(decode(3802, '{"id": 12345678901234567890}')).toEqual({ id: new ExactNumber('12345678901234567890') });
  expect(decode(1007, '{1,NULL,3}')).toEqual([1, null, 3]);
  expect(decode(1009, '{"a,b","c\\"d",NULL,"NULL"}')).toEqual(['a,b', 'c"d', null, 'NULL']);
  expect(decode(1007, '{{1,2},{3,4}}')).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(decode(20_000, '{a,b}')).toEqual(['a', 'b']);
});

test.each([
  ['2026-11-21 10:00:00+02', '2026-11-21T08:00:00Z'],
  ['2026-11-21 00:30:00.123456-03:30', '2026-11-21T04:00:00.123456Z'],
  ['2026-01-01 00:30:00+01', '2025-12-31T23:30:00Z'],
  ['1800-01-01 00:00:00+00:53:28', '1799-12-31T23:06:32Z'],
])('the moment %s is %s', (text, iso) => {
  expect(utcTimestamp(text)).toBe(iso);
});

test('a timestamp without a zone stays without one', () => {
  expect(isoTimestamp('2026-11-21 10:00:00.5')).toBe('2026-11-21T10:00:00.5');
});

test.each([
  [null, null],
  ['00501', '00501'],
  [true, 'true'],
  [new ExactNumber('9007199254740993'), '9007199254740993'],
  [[1, null, 'a"b\\'], '{1,NULL,"a\\"b\\\\"}'],
  [[['a'], ['b']], '{{"a"},{"b"}}'],
  [{ id: new ExactNumber('9007199254740993') }, '{"id":9007199254740993}'],
  [[{ a: 1 }], '[{"a":1}]'],
])('the parameter %j goes out as %j', (value, text) => {
  expect(encodePostgres(value)).toBe(text);
});
