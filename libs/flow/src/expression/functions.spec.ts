import { describe, expect, test } from '@jest/globals';
import { numberFromText, type Value } from '@testmesh/domain';
import { functionTable } from './function-table.ts';
import { scopeOf, worked } from './scope.fixture.ts';

const scope = scopeOf({
  items: [
    { name: 'pen', price: 5.5 },
    { name: 'ink', price: 8 },
    { name: 'cap', price: 5.5 },
  ],
  numbers: [3, 1, 2],
  prices: [0.1, 0.2],
  texts: ['b', 'a'],
  empty: [],
  map: { a: 1, b: 2 },
  text: ' Hé ',
  big: numberFromText('-9007199254740993'),
});

const cases: readonly [string, Value][] = [
  ['len("héé😀")', 4],
  ['len(items)', 3],
  ['len(map)', 2],
  ['all(items, .price > 5)', true],
  ['all(items, {.price > 5})', true],
  ['all(numbers, # > 1)', false],
  ['any(items, .name == "ink")', true],
  ['one(items, .name == "ink")', true],
  ['none(items, .price > 100)', true],
  ['filter(items, .price > 6)', [{ name: 'ink', price: 8 }]],
  ['map(items, .name)', ['pen', 'ink', 'cap']],
  ['map(numbers, # * 2)', [6, 2, 4]],
  ['find(items, .price > 6).name', 'ink'],
  ['count(items)', 3],
  ['count(items, .price == 5.5)', 2],
  ['first(numbers)', 3],
  ['last(numbers)', 2],
  ['sum(numbers)', 6],
  ['sum(prices)', 0.3],
  ['sum(map(items, .price))', 19],
  ['sum(empty)', 0],
  ['avg(numbers)', 2],
  ['min(numbers)', 1],
  ['min(4, 2, 9)', 2],
  ['max(numbers)', 3],
  ['sort(texts)', ['a', 'b']],
  ['sort(numbers)', [1, 2, 3]],
  ['reverse(numbers)', [2, 1, 3]],
  ['unique([1, 1, 2])', [1, 2]],
  ['keys(map)', ['a', 'b']],
  ['values(map)', [1, 2]],
  ['type(null)', 'null'],
  ['type(items)', 'array'],
  ['type(map)', 'object'],
  ['type(big)', 'number'],
  ['string(1e21)', '1000000000000000000000'],
  ['string(map)', '{"a":1,"b":2}'],
  ['number("59.980")', 59.98],
  ['number(" -007 ")', -7],
  ['int("42")', 42],
  ['int(42.0)', 42],
  ['float("1.5")', 1.5],
  ['upper(text)', ' HÉ '],
  ['lower("AB")', 'ab'],
  ['trim(text)', 'Hé'],
  ['split("a,b", ",")', ['a', 'b']],
  ['join(numbers, "-")', '3-1-2'],
  ['join(texts)', 'b,a'],
  ['replace("a.b.c", ".", "$&")', 'a$&b$&c'],
  ['substring("hello", 1, 3)', 'el'],
  ['"hello".substring(3)', 'lo'],
  ['index_of("hello", "l")', 2],
  ['index_of(numbers, 2)', 2],
  ['abs(-5)', 5],
  ['abs(big) == 9007199254740993', true],
  ['round(2.5)', 3],
  ['round(-2.5)', -3],
  ['round(2.345, 2)', 2.35],
  ['floor(-2.1)', -3],
  ['ceil(2.1)', 3],
  ['now()', '<ISO_TIMESTAMP>'],
  ['date("2024-01-02") == "2024-01-02T00:00:00.000Z"', true],
  ['to_json(map)', '{"a":1,"b":2}'],
  ['from_json("[1, 2]")', [1, 2]],
  ['length(items)', 3],
  ['"AB".toLowerCase()', 'ab'],
];

test.each(cases)('%s', (source, expected) => {
  expect(worked(source, scope)).toEqual({ value: expected });
});

test('every function is tried above', () => {
  const tried = cases.map(([source]) => source).join(' ');
  expect(Object.keys(functionTable).filter((name) => !new RegExp(`\\b${name}\\(`).test(tried))).toEqual([]);
});

describe('an argument of the wrong type is a problem that says what the function takes', () => {
  test.each([
    ['len(5)', '`len` takes a text, a list or an object, not number 5'],
    ['sum(texts)', '`sum` takes a list of numbers, not string "b"'],
    ['first(empty)', '`first(empty)`: the list is empty'],
    ['max(empty)', '`max(empty)`: the list is empty'],
    ['avg(empty)', '`avg(empty)`: the list is empty'],
    ['find(items, .price > 100)', '`find(items, .price > 100)`: no element meets the condition'],
    ['number("five")', '`number` takes a text that is a number, not string "five"'],
    ['number(true)', '`number` takes a text or a number, not boolean true'],
    ['int("4.2")', '`int` takes a whole number, not number 4.2'],
    ['upper(5)', '`upper` takes a text, not number 5'],
    ['all(5, # > 1)', '`all` takes a list, not number 5'],
    ['keys(numbers)', '`keys` takes an object, not array [3,1,2]'],
    ['date("soon")', '`date` takes an ISO date or timestamp, not string "soon"'],
    ['join(items)', '`join` takes a list of texts, not object {"name":"pen","price":5.5}'],
    ['round(1.5, 1.5)', '`round` takes a whole number, not number 1.5'],
    ['round(1.5, 200)', '`round(1.5, 200)`: at most 100 decimals'],
    ['sort([1, "a"])', '`sort([1, "a"])`: number 1 and string "a": only two numbers or two texts have an order'],
  ])('%s', (source, message) => {
    const outcome = worked(source, scope);
    expect(outcome).toMatchObject({ code: 'TM3109' });
    expect(String(outcome['message']).replace('string "a" and number 1', 'number 1 and string "a"')).toBe(message);
  });

  test('text that is not JSON says so', () => {
    expect(worked('from_json("{")')).toMatchObject({
      code: 'TM3109',
      message: expect.stringContaining('the text is not JSON'),
    });
  });
});
