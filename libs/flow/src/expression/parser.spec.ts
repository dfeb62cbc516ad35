import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadLibrariesFor } from './libraries.ts';
import { scopeOf, worked } from './scope.fixture.ts';

beforeAll(() => loadLibrariesFor('matches'));

const scope = scopeOf({
  status: 201,
  flag: true,
  uid: 'u-1',
  count: 3,
  name: 'Ada',
  items: [{ name: 'pen', price: 5 }],
  body: { id: 'u-1', user: { name: 'Ada' } },
});
const value = (source: string): unknown => worked(source, scope)['value'];
const code = (source: string): unknown => worked(source, scope)['code'];

describe('what cannot be read', () => {
  test.each([
    ['status = 200', 'TM3001', 8],
    ['status ==', 'TM3001', 10],
    ['status == 200 201', 'TM3001', 15],
    ['(status == 200', 'TM3001', 15],
    ['items[', 'TM3001', 7],
    ['and flag', 'TM3001', 1],
    ['a & b', 'TM3001', 3],
    ['status is numbre', 'TM3001', 11],
    ['007 == 7', 'TM3001', 1],
    ['body.name == "Ada', 'TM3002', 14],
    ['lenght(items) == 2', 'TM3003', 1],
    ['items|lenght', 'TM3003', 7],
    ['len(items, 2)', 'TM3004', 1],
    ['all(items, price > 0)', 'TM3004', 12],
    ['RANDOM_INT(1, 2, 3)', 'TM3004', 1],
    ['flag or flag and flag', 'TM3005', 1],
    ['2 * 7 % 3', 'TM3005', 1],
    ['2 ^ 3 ^ 2', 'TM3005', 1],
    ['-2 ^ 2', 'TM3005', 1],
    ['name matches "(a"', 'TM3007', 14],
    ['name matches "(?=a)"', 'TM3007', 14],
    ['name == "${uid"', 'TM3002', 9],
    ['name == ${uid', 'TM3008', 9],
    ['name == "${}"', 'TM3008', 10],
    ['.price > 1', 'TM3011', 1],
    ['FAKER.name.frstName', 'TM3012', 1],
  ])('%s', (source, expected, column) => {
    expect(worked(source, scope)).toMatchObject({ code: expected, column });
  });

  test('parentheses say which way is meant', () => {
    expect(value('flag or (flag and not flag)')).toBe(true);
    expect(value('(2 * 7) % 3')).toBe(2);
    expect(value('(2 ^ 3) ^ 2')).toBe(64);
  });

  test('a pattern that is worked out is refused when it is used', () => {
    expect(worked('name matches p', scopeOf({ name: 'a', p: '(?=a)' }))).toMatchObject({ code: 'TM3007' });
  });

  test('an expression has a length, a depth and a number of steps', () => {
    expect(code(`"${'a'.repeat(20_000)}" == name`)).toBe('TM3006');
    expect(code(`${'('.repeat(101)}1${')'.repeat(101)}`)).toBe('TM3006');
    const long = Array.from({ length: 2_000 }, (_, index) => index);
    expect(worked('all(a, any(b, # == -1) or # >= 0)', scopeOf({ a: long, b: long }))).toMatchObject({
      code: 'TM3111',
    });
  });
});
