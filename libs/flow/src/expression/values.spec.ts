import { beforeAll, describe, expect, test } from '@jest/globals';
import { numberFromText } from '@testmesh/domain';
import { loadLibrariesFor } from './libraries.ts';
import { scopeOf, worked } from './scope.fixture.ts';

beforeAll(() => loadLibrariesFor('$..x'));

const scope = scopeOf({ created_at: '2026-11-21T10:00:00Z' });
const value = (source: string): unknown => worked(source, scope)['value'];
const code = (source: string): unknown => worked(source, scope)['code'];

describe('JSONPath in an expression', () => {
  const result = { status: 200, body: { amount: 5, users: [{ status: 'active' }, { status: 'gone' }] } };
  const inAssert = scopeOf({ ...result, $: result });

  test.each([
    "$.users[?(@.status == 'active')].length > 0",
    '$.amount == 5.00',
    '$.status == 200',
    '$.body.amount exists',
    '$.users[*].status == ["active", "gone"]',
    'len($.users) == 2',
    '$.users.length == 2',
    '$.users[0].status contains "act"',
  ])('%s', (source) => expect(worked(source, inAssert)).toEqual({ value: true }));

  test('a miss is missing, a bad path is told where it is bad', () => {
    expect(worked('$.amuont == 5', inAssert)).toMatchObject({ code: 'TM3102', suggestion: 'did you mean `amount`?' });
    expect(worked('$.users[?] == 1', inAssert)).toMatchObject({ code: 'TM3010' });
  });

  test('without a result it has no meaning', () => {
    expect(code('$.status == 200')).toBe('TM3010');
  });
});

describe('time', () => {
  test.each([
    'created_at > "2024-01-01T00:00:00Z"',
    'created_at < "2026-11-21T10:00:00.5Z"',
    'created_at == "2026-11-21T10:00:00Z"',
    'created_at >= "2026-11-21T12:00:00+02:00"',
    'created_at > "2026-11-21"',
    '"2026-11-21T10:00:00.123456Z" < "2026-11-21T10:00:00.1234567Z"',
  ])('%s', (source) => expect(value(source)).toBe(true));
});

describe('exact numbers', () => {
  const big = scopeOf({
    id: numberFromText('9007199254740993'),
    price: numberFromText('0.1234567890123456789'),
    sixty: numberFromText('60.00'),
  });
  test.each([
    'id == 9007199254740993',
    'id != 9007199254740992',
    'id > 9007199254740992',
    'sixty == 60',
    'id + 1 == 9007199254740994',
    'id * 10 == 90071992547409930',
    'price - price == 0',
    '0.1 + 0.2 == 0.3',
    '59.98 * 2 == 119.96',
    'string(id) == "9007199254740993"',
    'id % 10 == 3',
    'id is number',
    '9007199254740993 in [id]',
  ])('%s', (source) => expect(worked(source, big)).toEqual({ value: true }));

  test('what would lose digits is refused', () => {
    expect(worked('id / 7 > 1', big)).toMatchObject({ code: 'TM3108' });
    expect(worked('1 / 0 > 1', big)).toMatchObject({ code: 'TM3108', message: '`1 / 0`: division by zero' });
    expect(worked('1e900000000 + 1', big)).toMatchObject({ code: 'TM3108' });
  });
});
