// Every form of assertion that flows are written with: each passes where it should and fails where it should.
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Value, ValueMap } from '@testmesh/domain';
import { loadLibrariesFor } from '../expression/libraries.ts';
import { scopeOf } from '../expression/scope.fixture.ts';
import { judged } from './judged.fixture.ts';
import { resultScope } from './result-scope.ts';

beforeAll(() => loadLibrariesFor('matches $..x'));

const result: ValueMap = {
  status: 201,
  duration_ms: 12,
  headers: { 'X-Y': 'z', 'Content-Type': 'application/json' },
  body: {
    id: 'o-1',
    a: { b: 5 },
    total: 59.98,
    amount: 5,
    ok: true,
    none: null,
    email: 'a@example.com',
    empty: '',
    tags: ['v', 'w'],
    created_at: '2024-06-01T00:00:00Z',
    data: { email: 'a@b.c', user_id: 7 },
    users: [{ status: 'active' }, { status: 'gone' }],
  },
  rows: [{ c: 1, type: 'order_confirmation' }],
  row_count: 1,
  exists: true,
  messages: [{ value: { f: 'x', order_id: 'o-1' }, key: 'k', partition: 0, offset: 3 }],
};

const scope = resultScope({
  result,
  stepId: 'place_order',
  aliases: { count: 'row_count', value: 'messages[0].value', time: 'duration_ms' },
  scope: scopeOf({
    order_id: 'o-1',
    MAX_FARE: 100,
    list: ['a', 'b'],
    earlier: { status: 'passed', body: { id: 'o-1' }, config: { body: { name: 'Ada' } } },
    flow: { status: 'passed' },
  }),
});

// [holds, does not hold]
const forms: readonly [string, string, string][] = [
  ['comparison', 'status == 201', 'status == 200'],
  ['comparison', 'body.total != 60', 'body.total != 59.98'],
  ['comparison', 'body.total > 59', 'body.total > 60'],
  ['comparison', 'body.total >= 59.980', 'body.total >= 59.99'],
  ['comparison', 'status < 300', 'status < 201'],
  ['comparison', 'status <= 201', 'status <= 200'],
  ['logic', 'status == 201 && body.ok', 'status == 201 && !body.ok'],
  ['logic', 'status == 200 || body.ok', 'status == 200 || !(body.ok)'],
  ['logic', 'status == 201 and not (body.total > 60)', 'status == 200 and body.ok'],
  ['logic', 'status == 200 or status == 201', 'status == 200 or status == 202'],
  ['membership', 'status in [200, 201]', 'status in [200, 204]'],
  ['membership', 'status not in [404, 500]', 'status not in [201, 404]'],
  ['arithmetic', 'body.total + 0.02 == 60', 'body.total * 2 == 120'],
  ['arithmetic', 'status % 2 == 1 and body.a.b - 1 == 4 and body.a.b / 2 == 2.5', 'status // 100 == 3'],
  ['existence', 'body.id exists', 'body.gone exists'],
  ['existence', 'body exists', 'error exists'],
  ['existence', 'exists == true', 'exists == false'],
  ['existence', 'body.none is null', 'body.id is null'],
  ['existence', 'body.id is not null', 'body.none is not null'],
  ['existence', 'body.id != nil', 'body.none != nil'],
  ['existence', 'body.id != null', 'body.gone != null'],
  ['existence', 'body.id != ""', 'body.empty != ""'],
  ['types', 'body.total is number', 'body.id is number'],
  ['types', 'body.id is string', 'body.total is string'],
  ['types', 'body.ok is boolean', 'body.id is boolean'],
  ['types', 'body.tags is array', 'body.a is array'],
  ['types', 'body.a is object', 'body.tags is object'],
  ['texts', 'body.email contains "@"', 'body.email contains "#"'],
  ['texts', 'body.email starts_with "a@"', 'body.email starts_with "b@"'],
  ['texts', 'body.email ends_with ".com"', 'body.email ends_with ".org"'],
  ['texts', 'body.email startsWith "a"', 'body.email startsWith "b"'],
  ['texts', 'body.email endsWith "com"', 'body.email endsWith "org"'],
  ['texts', 'body.email matches "^\\\\w+@[a-z.]+$"', 'body.email matches "^\\\\d+$"'],
  ['texts', 'body.email matches "^\\w+@"', 'body.email not matches "@"'],
  ['lists', 'body.tags contains "v"', 'body.tags contains "x"'],
  ['lists', 'body.tags.length == 2', 'body.tags.length > 2'],
  ['lists', 'len(body.tags) == 2', 'len(body.tags) == 3'],
  ['lists', "'a' in ${list}", "'c' in ${list}"],
  ['paths', 'body.a.b == 5', 'body.a.b == 6'],
  ['paths', 'response.body.users[0].status == "active"', 'response.body.users[1].status == "active"'],
  ['paths', 'response.headers["X-Y"] == "z"', 'response.headers["X-Y"] == "y"'],
  ['paths', 'response.time < 1000', 'response.time > 1000'],
  ['paths', 'duration_ms < 1000', 'duration_ms > 1000'],
  ['paths', 'result.rows[0].c == 1', 'result.rows[0].c == 2'],
  ['paths', 'result.count == 1', 'result.count == 2'],
  ['paths', 'result.status == 201', 'result.status == 200'],
  ['paths', 'result.messages[0].value.f == "x"', 'result.messages[0].value.f == "y"'],
  ['paths', 'result.value.f == "x"', 'result.value.f == "y"'],
  ['paths', 'value.f == "x"', 'value.f == "y"'],
  ['paths', 'messages[0].f == "x"', 'messages[0].f == "y"'],
  ['paths', 'earlier.status == "passed"', 'earlier.status == "failed"'],
  ['paths', 'place_order.status == 201', 'place_order.status == 200'],
  ['paths', 'flow.status == "passed"', 'flow.status == "failed"'],
  ['paths', 'earlier.config.body.name == "Ada"', 'earlier.config.body.name == "Bob"'],
  ['JSONPath', "$.users[?(@.status == 'active')].length > 0", "$.users[?(@.status == 'active')].length > 1"],
  ['JSONPath', '$.amount == 5.00', '$.amount == 5.01'],
  ['JSONPath', "$.data.email contains '@'", "$.data.email contains '#'"],
  ['JSONPath', '$.data.user_id exists', '$.data.userid exists'],
  ['interpolated', 'body.id == "${order_id}"', 'body.email == "${order_id}"'],
  ['interpolated', 'body.total <= ${MAX_FARE}', 'body.total >= ${MAX_FARE}'],
  ['interpolated', '"${earlier.body.id}" == "o-1"', '"${earlier.body.id}" == "o-2"'],
  ['interpolated', 'body.id == "{{order_id}}"', 'body.email == "{{ order_id }}"'],
  ['interpolated', 'messages[0].order_id == "${order_id}"', 'messages[0].f == "${order_id}"'],
  ['time', 'body.created_at > "2024-01-01T00:00:00Z"', 'body.created_at < "2024-01-01T00:00:00Z"'],
  ['lists of them', 'all(body.users, .status != "")', 'all(body.users, .status == "active")'],
  ['lists of them', 'any(body.users, .status == "gone")', 'none(body.users, .status == "gone")'],
  ['lists of them', 'body.users[.status == "active"].length == 1', 'count(body.users, .status == "active") == 2'],
];

const holds = (item: Value, options: Parameters<typeof judged>[2] = {}) => judged([item], scope, options).holds;

describe.each(forms)('%s', (_kind, good, bad) => {
  test(`${good} holds`, () => {
    expect(judged([good], scope)).toMatchObject({ holds: true, records: [{ passed: true, expression: good }] });
  });

  test(`${bad} does not, and says why`, () => {
    const { records, defect, ...judgement } = judged([bad], scope);
    expect({ ...judgement, defect }).toMatchObject({ holds: false });
    expect(defect).toBeUndefined();
    expect(records[0]?.message).toMatch(/\S/);
  });
});

describe('objects', () => {
  const schema = { type: 'object' };
  const schemaCheck = (_schema: Value, value: Value) =>
    value === 'o-1' ? [{ path: '', message: 'must be object' }] : [];

  test('{expression, message} has the author’s words, with placeholders', () => {
    const item = { expression: 'status == 200', message: 'order ${order_id} was refused' };
    expect(judged([item], scope).records[0]).toMatchObject({ passed: false, message: 'order o-1 was refused' });
    expect(holds({ ...item, expression: 'status == 201' })).toBe(true);
  });

  test('{json_path}', () => {
    expect(holds({ json_path: '$.data.user_id == 7' })).toBe(true);
    expect(holds({ json_path: '$.data.user_id == 8' })).toBe(false);
  });

  test.each<[string, Value, Value]>([
    ['x matches_schema: {…}', { 'response.body matches_schema': schema }, { 'body.id matches_schema': schema }],
    [
      '{response, matches_schema}',
      { response: '${body}', matches_schema: schema },
      { response: '${body.id}', matches_schema: schema },
    ],
    [
      'x matches_schema_file: path',
      { 'body matches_schema_file': 'order.json' },
      { 'body.id matches_schema_file': 'order.json' },
    ],
    [
      'x matches_schema_file "path"',
      'body matches_schema_file "order.json"',
      'body.id matches_schema_file "order.json"',
    ],
  ])('%s', (_form, good, bad) => {
    const options = { schemaCheck, schemas: new Map<string, Value>([['order.json', schema]]) };
    expect(judged([good], scope, options)).toMatchObject({ holds: true });
    expect(judged([bad], scope, options)).toMatchObject({ holds: false, records: [{ message: 'must be object' }] });
  });
});
