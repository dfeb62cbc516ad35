import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Value } from '@testmesh/domain';
import { evaluateCondition, parseExpression } from './expression.ts';
import { loadLibrariesFor } from './libraries.ts';
import { plainText } from './plain-text.ts';
import { scopeOf, worked } from './scope.fixture.ts';

beforeAll(() => loadLibrariesFor('matches $..x'));

const scope = scopeOf({
  status: 201,
  flag: true,
  uid: 'u-1',
  count: 3,
  name: 'Ada',
  nothing: null,
  created_at: '2026-11-21T10:00:00Z',
  items: [
    { name: 'pen', price: 5, tags: ['a'] },
    { name: 'ink', price: 8, tags: [] },
  ],
  body: {
    id: 'u-1',
    total: 59.98,
    text: '59.98',
    user: { name: 'Ada', 'first-name': 'A' },
    list: [1, 2],
    missingOnPurpose: null,
  },
  headers: { 'Content-Type': 'application/json' },
});

const value = (source: string): unknown => worked(source, scope)['value'];
const code = (source: string): unknown => worked(source, scope)['code'];

describe('operators', () => {
  test.each<[string, Value]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['7 // 2', 3],
    ['-7 // 2', -4],
    ['7 % 4', 3],
    ['2 ^ 10', 1024],
    ['10 - 2 - 3', 5],
    ['-count + 5', 2],
    ['2 - -1', 3],
    ['"a" + "b"', 'ab'],
    ['1 < 2 && 2 < 3', true],
    ['flag and not (count == 4)', true],
    ['not count == 4', true],
    ['!flag || count == 3', true],
    ['flag ? "yes" : "no"', 'yes'],
    ['nothing ?: "empty"', 'empty'],
    ['name ?: "empty"', 'Ada'],
    ['flag ? count > 2 ? 1 : 2 : 3', 1],
    ['nothing ?? "d"', 'd'],
    ['body.absent ?? nothing ?? 5', 5],
    ['count ?? 0 == 3', true],
    ['{a: 1, "b": [2, 3]}.b[1]', 3],
    ['[1, 2, 3][-1]', 3],
    ['[1, 2, 3][1:]', [2, 3]],
    ['"hello"[1:3]', 'el'],
    ['body?.absent', null],
    ['{"5432": null}[5432]', null],
    ['{"5432": 1}[5432]', 1],
    ['absent_name?.deep ?? 1', 1],
    ['items[.price > 5][0].name', 'ink'],
    ['items[.name == name + ""]', []],
    ['items[0]["name"]', 'pen'],
    ['items.0.name', 'pen'],
    ['items.length', 2],
    ['name.length', 3],
    ['name|lower|upper', 'ADA'],
    ['"a,b"|split(",")', ['a', 'b']],
    ['name.lower()', 'ada'],
    ['"x" in "xyz"', true],
    ['"id" in body', true],
    ['3 in [1, 2, 3]', true],
    ['headers["Content-Type"] contains "json"', true],
    ['"\\u0041\\n" == "A\\n"', true],
    ['.5 + 1e2', 100.5],
    ['contains.x ?? "a word can be a name"', 'a word can be a name'],
  ])('%s', (source, expected) => {
    expect(worked(source, scope)).toEqual({ value: expected });
  });

  test('a side that is not needed is not worked out', () => {
    expect(value('flag || undefined_name == 1')).toBe(true);
    expect(value('flag ? 1 : undefined_name')).toBe(1);
    expect(value('name ?? undefined_name')).toBe('Ada');
  });
});

describe('nothing converts', () => {
  test('== between types is false, != is true', () => {
    expect(value('body.text == 59.98')).toBe(false);
    expect(value('body.text != 59.98')).toBe(true);
    expect(value('"1" == 1')).toBe(false);
    expect(value('1 in ["1"]')).toBe(false);
  });

  test('order between a number and a text is a problem with a hint', () => {
    expect(worked('body.text > 5', scope)).toMatchObject({
      code: 'TM3103',
      help: 'use number(x) if the text is meant',
    });
    expect(value('number(body.text) > 5')).toBe(true);
  });

  test('two texts that look like numbers are not put in order as texts', () => {
    expect(worked('"10" < "9"')).toMatchObject({ code: 'TM3104', help: 'use number(x)' });
    expect(value('"b" > "a"')).toBe(true);
  });

  test('arithmetic needs numbers', () => {
    expect(code('name + 1')).toBe('TM3103');
    expect(code('flag * 2')).toBe('TM3103');
    expect(code('-name')).toBe('TM3103');
  });

  test('only true and false are conditions', () => {
    for (const source of ['count && flag', 'name || flag', '!count', 'not nothing', 'name ? 1 : 2', 'items[.price]']) {
      expect(worked(source, scope)).toMatchObject({ code: 'TM3106' });
    }
  });

  test('text operators need texts', () => {
    expect(code('count matches "3"')).toBe('TM3103');
    expect(code('name startsWith 1')).toBe('TM3103');
    expect(code('name contains 1')).toBe('TM3103');
    expect(code('count contains 1')).toBe('TM3103');
  });

  test('an index is a whole number or a key', () => {
    expect(code('items[0.5]')).toBe('TM3103');
    expect(code('items[flag]')).toBe('TM3103');
  });
});

describe('a missing path is not null', () => {
  test.each([
    'body.absent == null',
    'body.absent == nil',
    'body.absent is null',
    'not body.absent exists',
    'body.absent not exists',
    '!body.absent exists',
    'body.missingOnPurpose exists',
  ])('%s may meet it', (source) => expect(value(source)).toBe(true));

  test.each([
    'body.absent != 5',
    'body.absent == body.gone',
    '5 not in body.absent',
    'body.absent ?: 1',
    'body.absent > 1',
    'len(body.absent) == 0',
    'body.absent is not number',
  ])('%s may not', (source) => expect(worked(source, scope)).toMatchObject({ code: 'TM3102' }));

  test('it is named with its nearest match, and the caret stands under it', () => {
    expect(worked('status == 1 or body.totl == 5', scope)).toEqual({
      code: 'TM3102',
      message: '`body.totl` does not exist',
      column: 21,
      help: '`body` has id, total, text, user, list, missingOnPurpose',
      ...(worked('body.totl', scope)['suggestion'] !== undefined && { suggestion: 'did you mean `total`?' }),
    });
  });

  test('what stands in the way is said', () => {
    expect(worked('items[5].name', scope)['message']).toBe('`items[5]` does not exist: `items` has 2 elements');
    expect(worked('nothing.x', scope)['message']).toBe('`nothing.x` does not exist: `nothing` is null');
    expect(worked('name.x', scope)['message']).toBe('`name.x` does not exist: `name` is a string: "Ada"');
  });

  test('a name without a value says why', () => {
    const absent = scopeOf({}, { absent: { order_id: 'order_id was never captured: place_order failed' } });
    expect(worked('order_id == 1', absent)).toMatchObject({
      code: 'TM3102',
      message: 'order_id was never captured: place_order failed',
    });
    expect(worked('order_id exists', absent)).toEqual({ value: false });
  });
});

describe('conditions', () => {
  const condition = (source: string) => {
    const parsed = parseExpression(plainText(source));
    if (!parsed.ok) throw new Error(parsed.problem.message);
    const span = plainText(source).span(0, source.length);
    return evaluateCondition({ text: source, expression: parsed.value, span }, scope);
  };

  test('hold or do not', () => {
    expect(condition('count == 3')).toEqual({ ok: true, value: { holds: true, missing: false } });
    expect(condition('count == 4')).toEqual({ ok: true, value: { holds: false, missing: false } });
  });

  test('a missing path is a verdict of its own, wherever it stands', () => {
    expect(condition('body.ready')).toMatchObject({
      ok: true,
      value: { holds: false, missing: true, problem: { code: 'TM3102' } },
    });
    expect(condition('flag and body.ready == true')).toMatchObject({ value: { missing: true } });
  });

  test('anything but a boolean, and an undefined name, is a problem', () => {
    expect(condition('count')).toMatchObject({
      ok: false,
      problem: { code: 'TM3106', message: 'the condition is number 3, not true or false' },
    });
    expect(condition('nope')).toMatchObject({ ok: false, problem: { code: 'TM3101' } });
    expect(condition('nope == 1')).toMatchObject({ ok: false, problem: { code: 'TM3101' } });
  });
});

test('random values are drawn from the scope with their arguments', () => {
  expect(worked('UUID')).toEqual({ value: '<UUID>' });
  expect(worked('RANDOM_INT(1, 6)')).toEqual({ value: '<RANDOM_INT(1,6)>' });
  expect(worked('FAKER.datatype.number(min: 18, max: 80)')).toEqual({ value: '<FAKER.datatype.number(18,80)>' });
  expect(worked('now()')).toEqual({ value: '<ISO_TIMESTAMP>' });
  expect(worked('RANDOM_INT("a", 1)')).toMatchObject({ code: 'TM3109' });
});
