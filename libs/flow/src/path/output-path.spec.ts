import { beforeAll, describe, expect, test } from '@jest/globals';
import { numberFromText, type Value, type ValueMap } from '@testmesh/domain';
import { loadLibrariesFor } from '../expression/libraries.ts';
import { plainText } from '../expression/plain-text.ts';
import { extract, parseOutputPath } from './output-path.ts';

beforeAll(() => loadLibrariesFor('$..x'));

const http: ValueMap = {
  status: 201,
  headers: { 'Content-Type': 'application/json' },
  body: {
    id: 'o-1',
    status: 'open',
    exact: numberFromText('9007199254740993'),
    users: [
      { id: 1, n: 2.5 },
      { id: 2, n: 0.5 },
    ],
    none: null,
    body: 'inner',
    name: 'Ada',
  },
};
const sql: ValueMap = { rows: [{ x: 1, a: { b: 2 } }], row_count: 1, first_row: { x: 1 } };
const kafka: ValueMap = { messages: [{ value: { order_id: 'o-1', type: 't' }, offset: 1, partition: 0 }] };

const at = (path: string, result: ValueMap = http): unknown => {
  const parsed = parseOutputPath(plainText(path));
  if (!parsed.ok) return `${parsed.problem.code}@${parsed.problem.span.column}`;
  const aliases = { count: 'row_count', value: 'messages[0].value' };
  const found = extract(parsed.value, result, { stepId: 'place_order', aliases });
  return found.ok
    ? found.value
    : `${found.problem.code}@${found.problem.span.column} ${found.problem.message} ${found.problem.suggestion ?? ''}`.trimEnd();
};

describe('names and indexes give the value, with its type', () => {
  test.each<[string, Value, ValueMap]>([
    ['$', http, http],
    ['$.body.id', 'o-1', http],
    ['body.id', 'o-1', http],
    ['$.id', 'o-1', http],
    ['id', 'o-1', http],
    ['$.status', 201, http],
    ['$.body.status', 'open', http],
    ['$.body', http['body'] as Value, http],
    ['$.body.body', 'inner', http],
    ['$.users[0].id', 1, http],
    ['$.body.users.0.id', 1, http],
    ['$.body.users[-1].id', 2, http],
    ["$['body']['id']", 'o-1', http],
    ['headers["Content-Type"]', 'application/json', http],
    ['$.headers.Content-Type', 'application/json', http],
    ['response.body.id', 'o-1', http],
    ['place_order.body.id', 'o-1', http],
    ['place_order.output.body.id', 'o-1', http],
    ['body.none', null, http],
    ['body.users.length', 2, http],
    ['body.name.length', 3, http],
    ['rows[0].x', 1, sql],
    ['result.rows[0].x', 1, sql],
    ['first_row.x', 1, sql],
    ['place_order.first_row.x', 1, sql],
    ['result.count', 1, sql],
    ['count', 1, sql],
    ['$.messages[0].value.order_id', 'o-1', kafka],
    ['messages[0].order_id', 'o-1', kafka],
    ['result.value.order_id', 'o-1', kafka],
    ['$[0].id', 1, { body: [{ id: 1 }] }],
  ])('%s', (path, expected, result) => expect(at(path, result)).toEqual(expected));

  test('digits are kept', () => {
    expect(at('$.exact')).toEqual(numberFromText('9007199254740993'));
  });
});

describe('any other path gives a list', () => {
  test.each<[string, Value]>([
    ['$.body.users[*].id', [1, 2]],
    ['body.users[*].id', [1, 2]],
    ['$.users[?@.id > 1].id', [2]],
    ['$.body.users[?(@.id == 1)]', [{ id: 1, n: 2.5 }]],
    ['$.users[0:1].id', [1]],
    ['$.users[0, 1].id', [1, 2]],
    ['$..n', [2.5, 0.5]],
    ['$.users[*].length', 2],
    ['$.users[*].n.sum()', 3],
    ['$.users[*].n.avg()', 1.5],
    ['$.users[*].n.min()', 0.5],
    ['$.users[*].n.max()', 2.5],
    ["$.users[?match(@.id, '1')].id ?? 'none'", 'none'],
  ])('%s', (path, expected) => expect(at(path)).toEqual(expected));

  test('a body that is a list is what [*] means', () => {
    expect(at('$[*].id', { status: 200, body: [{ id: 1 }, { id: 2 }] })).toEqual([1, 2]);
  });
});

describe('a miss', () => {
  test.each([
    ['$.body.idd', 'TM3112@8 `$.body.idd` does not exist: there is no `idd` did you mean `id`?'],
    ['$.stauts', 'TM3112@3 `$.stauts` does not exist: there is no `stauts` did you mean `status`?'],
    ['body.users[7].id', 'TM3112@12 `body.users[7].id` does not exist: there is no `7`'],
    ['body.users.id', 'TM3112@12 `body.users.id` does not exist: there is no `id`'],
    ['body.none.x', 'TM3112@11 `body.none.x` does not exist: there is no `x`'],
    ['$.users[?@.id > 5]', 'TM3112@1 `$.users[?@.id > 5]` selects nothing'],
    ['body.constructor', 'TM3112@6 `body.constructor` does not exist: there is no `constructor`'],
    ['$.users.sum()', 'TM3109@1 `.sum()` needs a list of numbers, not array [{"id":1,"n":2.5},{"id":2,"n":0.5}]'],
  ])('%s', (path, expected) => expect(at(path)).toBe(expected));

  test('is nothing where the path says `?`, and its default where it has one', () => {
    expect(at('$.body.gone?')).toBeUndefined();
    expect(at('$.body.gone ?? 5')).toBe(5);
    expect(at("$.body.gone ?? 'x'")).toBe('x');
    expect(at('$.body.gone ?? null')).toBeNull();
    expect(at('body.gone:none')).toBe('none');
    expect(at('$.body.none ?? 5')).toBeNull();
    expect(at('$.body.id?')).toBe('o-1');
  });
});

describe('what is no path', () => {
  test.each([
    ['', 'TM3010@1'],
    ['$[', 'TM3010@2'],
    ['a b', 'TM3010@2'],
    ['$.users[?]', 'TM3010@10'],
    ['body.items[0,1].p', 'TM3010@11'],
    ['$..a..b..c', 'TM3010@2'],
    ['$.__proto__.x', 'TM3009@1'],
  ])('%s', (path, expected) => expect(at(path)).toBe(expected));
});

test('a filter with a regular expression that would backtrack for ever answers at once', () => {
  const started = performance.now();
  expect(at("$.text[?search(@, '^(a+)+$')] ?? 'none'", { text: [`${'a'.repeat(20_000)}!`] })).toBe('none');
  expect(performance.now() - started).toBeLessThan(10_000);
});
