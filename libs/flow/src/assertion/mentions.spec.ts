import { describe, expect, test } from '@jest/globals';
import { scopeOf } from '../expression/scope.fixture.ts';
import { compiled } from './judged.fixture.ts';
import { correlations, namesRoot, schemaFiles } from './mentions.ts';

describe('namesRoot', () => {
  test.each([
    ['status == 404', true],
    ['response.status in [404]', true],
    ['result.status > 1', true],
    ['$.status == 404', true],
    ['not (body.ok and status == 1)', true],
    ['body.status == 1', false],
    ['order.status == 1', false],
  ])('%s: %s', (item, expected) => expect(namesRoot(compiled([item]), 'status')).toBe(expected));

  test('sees the subject of a schema check', () => {
    expect(namesRoot(compiled([{ 'error matches_schema': {} }]), 'error')).toBe(true);
  });
});

test('schemaFiles gives each file once', () => {
  const items = [
    'body matches_schema_file "a.json"',
    { 'body.x matches_schema_file': 'a.json' },
    { body: 'body', matches_schema_file: 'b.json' },
  ];
  expect([...schemaFiles(compiled(items)).keys()]).toEqual(['a.json', 'b.json']);
});

describe('correlations', () => {
  const scope = scopeOf({ order_id: 'o-1', place_order: { order_id: 'o-2' }, LIMIT: 5 });
  const isFresh = (name: string) => name === 'order_id' || name === 'place_order';
  const of = (...items: string[]) =>
    correlations(compiled(items), scope, isFresh).map(({ path, value }) => ({ path, value }));

  test('are equalities with a value born in this run, either way round', () => {
    expect(of('messages[0].order_id == "${order_id}"')).toEqual([{ path: ['messages', 0, 'order_id'], value: 'o-1' }]);
    expect(of('"${place_order.order_id}" == value.order_id')).toEqual([{ path: ['value', 'order_id'], value: 'o-2' }]);
    expect(of('result.messages[0].value.id == order_id and value.n == LIMIT')).toEqual([
      { path: ['messages', 0, 'value', 'id'], value: 'o-1' },
    ]);
    expect(of('value.id == "order-${order_id}"')).toEqual([{ path: ['value', 'id'], value: 'order-o-1' }]);
  });

  test('nothing else is one', () => {
    expect(
      of(
        'value.id != order_id',
        'value.id == order_id or value.n == 1',
        'value.n == LIMIT',
        'len(value.id) == order_id',
        'value.id == place_order.gone',
      ),
    ).toEqual([]);
    expect(correlations(compiled(['value.id == order_id'], 'any'), scope, isFresh)).toEqual([]);
  });
});
