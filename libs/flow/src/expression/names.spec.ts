import { describe, expect, test } from '@jest/globals';
import { parseJson } from '@testmesh/domain';
import { parseExpression, rootNames } from './expression.ts';
import { plainText } from './plain-text.ts';
import { scopeOf, worked } from './scope.fixture.ts';

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

describe('names', () => {
  test('an undefined one is named with its nearest match and what is in scope', () => {
    expect(worked('flag and usr == 1', scopeOf({ user: 1, flag: true }))).toEqual({
      code: 'TM3101',
      message: '`usr` is not defined',
      column: 10,
      suggestion: 'did you mean `user`?',
      help: 'in scope are user, flag',
    });
  });

  test('a property of a list is a problem that shows the ways out', () => {
    expect(worked('items.price == 5', scope)).toMatchObject({ code: 'TM3105', column: 7 });
    expect(worked('items.price == 5', scope)['help']).toContain('`items[0].price`');
  });

  test('what JavaScript adds to values is not there', () => {
    for (const source of ['body.constructor', 'body.toString', 'body["__proto__"]', 'items.map', 'name.constructor']) {
      expect(['TM3102', 'TM3105']).toContain(code(source));
    }
    for (const source of ['__proto__', 'constructor.name', 'prototype', 'body.__proto__', '{"__proto__": 1}']) {
      expect(code(source)).toBe('TM3009');
    }
    expect(worked('body.__x', scopeOf({ body: parseJson('{"__x": 1}') }))).toEqual({ value: 1 });
  });

  test('a hyphenated word is one name where there is one, else a subtraction', () => {
    const names = scopeOf({
      'place-order': { id: 7 },
      count: 3,
      a: 10,
      b: 4,
      'service.user-api': 'http://u',
      order: { 'user-id': 5, user: 9, id: 2 },
    });
    expect(worked('place-order.id', names)).toEqual({ value: 7 });
    expect(worked('count-1', names)).toEqual({ value: 2 });
    expect(worked('2 * a-b * 2', names)).toEqual({ value: 12 });
    expect(worked('service.user-api', names)).toEqual({ value: 'http://u' });
    expect(worked('order.user-id', names)).toEqual({ value: 5 });
    expect(worked('order.user-count', names)).toEqual({ value: 6 });
    expect(worked('place-order.id-count', names)).toEqual({ value: 4 });
    expect(worked('service.usr-api', names)).toMatchObject({
      code: 'TM3101',
      suggestion: 'did you mean `service.user-api`?',
    });
    expect(worked('place-ordr.id', names)).toMatchObject({ message: '`place-ordr` is not defined' });
  });

  test('definitions are rendered where they are used; a circle is a problem that shows it', () => {
    const names = scopeOf({ port: 5003 }, { definitions: { base: 'http://h:${port}', a: '${b}', b: 'x${a}' } });
    expect(worked('base + "/orders"', names)).toEqual({ value: 'http://h:5003/orders' });
    expect(worked('a', names)).toMatchObject({ code: 'TM3107', message: '`a` is defined by itself: a → b → a' });
  });

  test('data is never looked at for placeholders', () => {
    expect(worked('x', scopeOf({ x: '${uid}', uid: 1 }))).toEqual({ value: '${uid}' });
    expect(worked('"<${x}>"', scopeOf({ x: '${uid}', uid: 1 }))).toEqual({ value: '<${uid}>' });
  });

  test('messages are read through to their value', () => {
    const names = scopeOf({ messages: [{ value: { order_id: 'o' }, offset: 4, partition: 0, key: 'k' }] });
    expect(worked('messages[0].order_id', names)).toEqual({ value: 'o' });
    expect(worked('messages[0].offset', names)).toEqual({ value: 4 });
  });
});

describe('interpolated operands', () => {
  test.each([
    'body.id == "${uid}"',
    'body.id == ${uid}',
    'body.id == {{uid}}',
    'body.id == "{{ uid }}"',
    '"${body.id}" == uid',
    '"${uid}!" == "u-1!"',
    'count == "${count}"',
    "'pen' in ${map(items, .name)}",
    '"${nope ?? "d"}" == "d"',
    '${nope:5} == 5',
    '"${nope:http://h:1}" == "http://h:1"',
    '"${nope?}" == null',
  ])('%s', (source) => expect(value(source)).toBe(true));

  test('a literal ${ is written $${', () => {
    expect(value('"$${uid}" == "$" + "{uid}"')).toBe(true);
  });

  test('the caret stands under the bad name inside the text', () => {
    expect(worked('body.id == "a ${ uiid }"', scope)).toMatchObject({ code: 'TM3101', column: 18 });
  });
});

describe('rootNames', () => {
  const names = (source: string, isKnown?: (name: string) => boolean) => {
    const parsed = parseExpression(plainText(source));
    return parsed.ok ? rootNames(parsed.value, isKnown) : [];
  };

  test('gives root, static path, place and whether its absence is provided for', () => {
    expect(names('status == 200 and body.items[0].id == "${order.id ?? UUID}"')).toMatchObject([
      { name: 'status', path: [], optional: false, span: { column: 1, endColumn: 7 } },
      { name: 'body', path: ['items', 0, 'id'], optional: false },
      { name: 'order', path: ['id'], optional: true },
      { name: 'UUID', path: [], optional: false },
    ]);
  });

  test('knows services and leaves out what a filter binds', () => {
    expect(names('all(items, .price > limit) and service.user-api == service.pg')).toMatchObject([
      { name: 'items' },
      { name: 'limit' },
      { name: 'service.user-api', path: [] },
      { name: 'service.pg', path: [] },
    ]);
  });

  test('a hyphenated word is one name unless only its first part is known', () => {
    expect(names('place-order.id').map(({ name }) => name)).toEqual(['place-order']);
    expect(names('count-1', (name) => name === 'count').map(({ name }) => name)).toEqual(['count']);
    expect(names('coutn-1', (name) => name === 'count').map(({ name }) => name)).toEqual(['coutn-1']);
  });
});
