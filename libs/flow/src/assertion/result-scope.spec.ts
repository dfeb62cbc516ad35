import { describe, expect, test } from '@jest/globals';
import { scopeOf, worked } from '../expression/scope.fixture.ts';
import { resultScope } from './result-scope.ts';

const outer = scopeOf({
  status: 'captured',
  count: 'captured',
  order_id: 'o-1',
  rows: 'captured',
  earlier: { status: 'passed' },
});
const scope = resultScope({
  result: { status: 201, row_count: 3, messages: [{ value: { id: 1 } }] },
  stepId: 'place_order',
  aliases: { count: 'row_count', value: 'messages[0].value', first: 'messages[5]' },
  scope: outer,
  declared: ['rows', 'first_row'],
});

describe('names resolve in order', () => {
  test.each([
    ['status', 201],
    ['count', 3],
    ['value', { id: 1 }],
    ['order_id', 'o-1'],
    ['earlier.status', 'passed'],
    ['response.status', 201],
    ['result.count', 3],
    ['result.value.id', 1],
    ['place_order.status', 201],
  ])('%s', (source, value) => expect(worked(source, scope)).toEqual({ value }));
});

test('what a result lacks that falls short of what the action expects has its reason there', () => {
  const short = resultScope({
    result: { messages: [] },
    stepId: 'read',
    aliases: {},
    scope: outer,
    declared: ['value'],
    fallsShort: true,
  });
  expect(worked('value.id == 1', short)).toMatchObject({
    message: '`value` does not exist: the step did not bring what it waits for or expects itself',
  });
});

test('a key the result lacks is absent, and no captured variable stands in for it', () => {
  expect(worked('rows', scope)).toMatchObject({ code: 'TM3102' });
  expect(worked('first_row.id == 1', scope)).toMatchObject({ code: 'TM3102' });
  expect(worked('first.id == 1', scope)).toMatchObject({
    code: 'TM3102',
    message: expect.stringContaining('messages[5]'),
  });
});

test('error is there only when the step could not be carried out', () => {
  expect(worked('error exists', scope)).toEqual({ value: false });
  const failed = resultScope({ result: {}, stepId: 's', aliases: {}, scope: outer, error: { code: 'ECONNREFUSED' } });
  expect(worked('error.code', failed)).toEqual({ value: 'ECONNREFUSED' });
});

test('a name of Object.prototype is not in a result', () => {
  expect(worked('toString', scope)).toMatchObject({ code: 'TM3101' });
});

test('what is in scope is listed without repetition', () => {
  expect(scope.names().filter((name) => name === 'status')).toHaveLength(1);
  expect(scope.names()).toEqual(expect.arrayContaining(['row_count', 'count', 'order_id']));
});
