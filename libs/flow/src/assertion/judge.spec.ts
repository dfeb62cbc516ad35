import { describe, expect, test } from '@jest/globals';
import { numberFromText, type Value } from '@testmesh/domain';
import { scopeOf } from '../expression/scope.fixture.ts';
import { judged } from './judged.fixture.ts';

const scope = scopeOf(
  {
    status: 201,
    price: '59.98',
    flag: true,
    name: 'Ada',
    id: numberFromText('9007199254740993'),
    nothing: null,
    body: { total: 69.98, items: [{ p: 1 }, { p: 2 }], user: { id: 5, tags: ['a'] } },
    limit: 3,
  },
  { absent: { error: 'the step was carried out, so there is no `error`' } },
);

const record = (item: Value, within = scope) => judged([item], within).records[0];
const message = (item: Value) => record(item)?.message;

describe('a record', () => {
  test('has the expression, both sides and a minimal difference', () => {
    expect(record('body.total == 59.98')).toEqual({
      expression: 'body.total == 59.98',
      group: 'all',
      passed: false,
      actual: 69.98,
      expected: 59.98,
      message: 'got 69.98',
      values: [],
      span: { file: '', line: 1, column: 1, endLine: 1, endColumn: 20 },
    });
  });

  test('has both sides also where it passed', () => {
    expect(record('status == 201')).toMatchObject({ passed: true, actual: 201, expected: 201 });
    expect(record('status == 201')).not.toHaveProperty('message');
  });

  test('shows what else the expression looked at', () => {
    expect(record('len(body.items) == limit + 1')).toMatchObject({
      actual: 2,
      expected: 4,
      values: [
        { text: 'body.items', value: [{ p: 1 }, { p: 2 }], span: { column: 5, endColumn: 15 } },
        { text: 'limit', value: 3 },
      ],
    });
  });

  test('of a conjunction blames the side that is false', () => {
    expect(record('status == 201 and flag and body.total == 5')).toMatchObject({
      actual: 69.98,
      expected: 5,
      message: 'got 69.98',
      span: { column: 1 },
    });
  });

  test('keeps the beginning of a large value', () => {
    const large = scopeOf({ body: Array.from({ length: 5_000 }, (_, index) => index) });
    expect(record('body == 1', large)?.actual).toMatch(/^\[0,1,2.*… \(\d+ characters\)$/);
  });
});

describe('why it does not hold', () => {
  test.each<[string, string]>([
    ['price == 59.98', 'string "59.98" is not number 59.98 — a type mismatch; use number(x) if the text is meant'],
    ['status == "201"', 'number 201 is not string "201" — a type mismatch; use number(x) if the text is meant'],
    ['flag == "true"', 'boolean true is not string "true" — a type mismatch'],
    ['nothing == 5', 'got null'],
    ['id == 9007199254740992', 'got 9007199254740993'],
    ['body.user == {"id": 6, "tags": ["a"]}', 'at id got 5, expected 6'],
    ['body.user == {"id": 5, "tags": ["a", "b"]}', 'at tags[1] nothing, expected "b"'],
    ['body.user == {"id": 5}', 'at tags got ["a"], expected nothing'],
    [
      'body.items == [{"p": "1"}, {"p": 2}]',
      'at [0].p number 1 is not string "1" — a type mismatch; use number(x) if the text is meant',
    ],
    [
      '"201" in [status, limit]',
      'number 201 is not string "201" — a type mismatch; use number(x) if the text is meant',
    ],
    ['status in [200, 204]', 'got [200,204]'],
    ['name is number', 'got string "Ada"'],
    ['not flag', 'got true'],
    ['status > 300', 'got 201'],
    ['status == 5 or limit == 5', 'neither side holds'],
    ['name', 'string "Ada" is not true or false — compare it with something'],
    [
      'price > 5',
      'string "59.98" > number 5 — only two numbers or two texts have an order; use number(x) if the text is meant',
    ],
    [
      'body.items.p == 1',
      '`body.items` is a list and has no property `p`; one element is `body.items[0].p`, all of them are `map(body.items, .p)`, some are `body.items[.p == …]`',
    ],
    ['error exists', 'the step was carried out, so there is no `error`'],
  ])('%s', (item, why) => expect(message(item)).toBe(why));

  test('a missing path is named with its nearest match, and the caret stands under it', () => {
    expect(record('body.user.idd == 5')).toMatchObject({
      message: '`body.user.idd` does not exist; did you mean `id`?',
      span: { column: 11, endColumn: 14 },
    });
    expect(record('body.user.idd exists')?.message).toBe('`body.user.idd` does not exist; did you mean `id`?');
  });
});

describe('the judgement', () => {
  test('judges every assertion, also behind one that failed', () => {
    expect(judged(['status == 1', 'flag'], scope).records.map(({ passed }) => passed)).toEqual([false, true]);
  });

  test('says when only absent paths stand in the way', () => {
    expect(judged(['body.gone == 1', 'flag'], scope)).toMatchObject({ holds: false, onlyMissing: true });
    expect(judged(['body.gone == 1', 'status == 1'], scope)).toMatchObject({ holds: false, onlyMissing: false });
    expect(judged(['flag'], scope)).toMatchObject({ holds: true, onlyMissing: false });
  });

  test('A2: an undefined name is a defect of the flow, a mismatch of the data is not', () => {
    expect(judged(['stauts == 1'], scope)).toMatchObject({
      holds: false,
      onlyMissing: false,
      defect: { code: 'TM3101', suggestion: 'did you mean `status`?' },
    });
    for (const item of ['price > 5', 'body.items.p == 1', 'name', 'name + 1 == 2', 'sum(body.user) == 1']) {
      expect(judged([item], scope)).toMatchObject({ holds: false, onlyMissing: false });
      expect(judged([item], scope).defect).toBeUndefined();
    }
  });

  test('a schema needs its file and a check', () => {
    const item = 'body matches_schema_file "order.json"';
    expect(judged([item], scope).defect).toMatchObject({
      code: 'TM3113',
      message: 'the schema file order.json was not read',
    });
    const schemas = new Map([['order.json', {}]]);
    expect(judged([item], scope, { schemas }).defect).toMatchObject({ code: 'TM3113' });
  });

  test('findings of a schema are told with their paths', () => {
    const schemaCheck = () =>
      Array.from({ length: 7 }, (_, index) => ({ path: `items[${index}]`, message: 'must be number' }));
    const { records } = judged([{ 'body matches_schema': {} }], scope, { schemaCheck });
    expect(records[0]?.message).toMatch(/^items\[0\]: must be number; .*; and 2 more$/);
  });
});

describe('a side that is computed of a secret', () => {
  const TOKEN = 'abcdefgh-12345678';
  const isSecret = (value: Value) => value === TOKEN || value === 4711;
  const secretive = scopeOf({ token: TOKEN, pin: 4711, items: [{ token: TOKEN, id: 5 }], plain: 'abcd' });
  const told = (item: string) => judged([item], secretive, { isSecret }).records[0];

  test.each([
    'substring(token, 0, 4) == "x"',
    'token[0:4] == "x"',
    'first(split(token, "-")) == "x"',
    'replace(token, "-", "") == "x"',
    'pin * 2 == 5',
    'sum([pin, 1]) > 100000',
    'substring(first(items).token, 1) == "x"',
    'substring(token, 0, 8) == "abcdefgh"',
  ])('is not told: %s', (item) => {
    expect(told(item)?.actual).toBe('***');
    expect(JSON.stringify({ ...told(item), expression: '', expected: '', values: [] })).not.toMatch(
      /abcd|1234|9422|4712/,
    );
  });

  test('is not told where it cannot be worked out either', () => {
    expect(told('number(substring(token, 0, 4)) == 5')).toMatchObject({
      passed: false,
      actual: '***',
      message: 'it could not be worked out, and what it is computed of is secret',
    });
    expect(told('number(plain) == 5')?.message).toContain('abcd');
  });

  test('is told where it says nothing of it', () => {
    expect(told('len(token) == 3')).toMatchObject({ actual: 17, message: 'got 17' });
    expect(told('substring(plain, 0, 2) == "x"')).toMatchObject({ actual: 'ab' });
    expect(told('first(items).id == 6')).toMatchObject({ actual: 5 });
    expect(told('token == "x"')).toMatchObject({ actual: TOKEN });
  });
});

describe('groups', () => {
  test('any holds when one does', () => {
    expect(judged(['status == 1', 'flag'], scope, { group: 'any' }).holds).toBe(true);
    expect(judged(['status == 1', 'limit == 1'], scope, { group: 'any' }).holds).toBe(false);
    expect(judged(['body.gone == 1', 'body.lost == 1'], scope, { group: 'any' })).toMatchObject({
      holds: false,
      onlyMissing: true,
    });
  });

  test('none holds when none does', () => {
    expect(judged(['status == 1', 'not flag'], scope, { group: 'none' })).toMatchObject({
      holds: true,
      records: [{ passed: true }, { passed: true }],
    });
    expect(judged(['flag'], scope, { group: 'none' })).toMatchObject({
      holds: false,
      records: [{ passed: false, message: 'it holds, and none of these may' }],
    });
  });

  test('a missing path or a mismatch passes in none of them', () => {
    for (const item of ['body.gone == 1', 'price > 5', 'name', 'body.items.p == 1']) {
      expect(judged([item], scope, { group: 'none' }).holds).toBe(false);
      expect(judged([item], scope, { group: 'any' }).holds).toBe(false);
    }
  });
});
