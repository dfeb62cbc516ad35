import { expect, test } from '@jest/globals';
import { ExactNumber } from '@testmesh/domain';
import { callLog } from './call-log.ts';
import { conditionOf } from './condition.ts';
import { lookUp, segmentsOf } from './look-up.ts';
import { pathParameters } from './matching.ts';
import { changed } from './state.ts';
import { countedCalls } from './verify.ts';

test.each([
  ['/a/:id', '/a/7', { id: '7' }],
  ['/a/:id/b', '/a/7/b', { id: '7' }],
  ['/a/*', '/a/b/c', {}],
  ['*', '/anything', {}],
  ['/a', '/a', {}],
])('%s takes %s', (pattern, path, parameters) => {
  expect(pathParameters(pattern, path)).toEqual(parameters);
});

test.each([
  ['/a/:id', '/a/'],
  ['/a/:id', '/a/7/b'],
  ['/a', '/A'],
  ['/a/b', '/a'],
])('%s does not take %s', (pattern, path) => {
  expect(pathParameters(pattern, path)).toBeUndefined();
});

const body = {
  amount: 10.5,
  name: 'Ada',
  tags: ['x', 'y'],
  deep: [{ id: new ExactNumber('9007199254740993') }],
  gone: null,
};

test.each([
  ['$.amount > 10', true],
  ['$.amount <= 10', false],
  ['$.amount == 10.50', true],
  ["$.name == 'Ada'", true],
  ['$.name != "Ada"', false],
  ['$.name contains "d"', true],
  ['$.tags contains "y"', true],
  ['$.deep[0].id == 9007199254740993', true],
  ['$.deep[0].id == 9007199254740992', false],
  ['$.gone exists', true],
  ['$.never exists', false],
  ['$.never != 1', false],
  ['$.name > 1', false],
])('%s is %s', (text, holds) => {
  expect(conditionOf(text)?.holds(body)).toBe(holds);
});

test.each(['amount > 10', '$.amount', '$.amount > ten', '$.amount ~ 1', '$.x exists 1'])(
  '%s is no condition',
  (text) => {
    expect(conditionOf(text)).toBeUndefined();
  },
);

test('a path never leads into what every object inherits', () => {
  expect(lookUp({ a: 1 }, segmentsOf('constructor') ?? [])).toBeUndefined();
  expect(lookUp({ a: 1 }, ['__proto__'])).toBeUndefined();
});

test('state changes build what is missing and refuse what does not fit', () => {
  const state = changed({}, { action: 'increment', path: 'stock.sku-1', value: 5 });
  expect(state).toEqual({ stock: { 'sku-1': 5 } });
  expect(changed(state, { action: 'decrement', path: 'stock.sku-1' })).toEqual({ stock: { 'sku-1': 4 } });
  expect(changed(state, { action: 'delete', path: 'stock.sku-1' })).toEqual({ stock: {} });
  expect(changed({}, { action: 'toggle', path: 'open' })).toEqual({ open: true });
  expect(() => changed(state, { action: 'append', path: 'stock' })).toThrow('state.stock must be a list');
});

test('more requests than can be kept are not counted, until the log is cleared', () => {
  const call = { method: 'GET', path: '/', query: {}, headers: {}, text: 'x', body: 'x', at: '', status: 200 };
  const log = callLog({ calls: 1, bytes: 10 });
  log.add(call);
  expect(countedCalls({ name: 'm', log })).toEqual([call]);
  log.add(call);
  expect(() => countedCalls({ name: 'm', log })).toThrow(expect.objectContaining({ code: 'TM4604' }));
  log.clear();
  log.add({ ...call, text: 'x'.repeat(11) });
  expect(log.overflowed()).toBe(true);
});
