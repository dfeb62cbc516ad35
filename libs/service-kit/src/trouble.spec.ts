import { expect, test } from '@jest/globals';
import { SilentDatabase } from './pool.ts';
import { isDatabaseTrouble } from './trouble.ts';

const coded = (code: string): Error => Object.assign(new Error('of the server'), { code });

test.each([
  ['a connection that is refused', coded('ECONNREFUSED')],
  ['one at any address', new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')])],
  ['a server that is being stopped', coded('57P01')],
  ['a statement that took too long', coded('57014')],
  ['a full disk', coded('53100')],
  ['a lock that did not come', coded('55P03')],
  ['silence', new SilentDatabase(5000)],
  ['a pool without a free connection', new Error('timeout exceeded when trying to connect')],
  ['a connection that broke', new Error('Connection terminated unexpectedly')],
])('%s may be over in a moment', (_name, error) => {
  expect(isDatabaseTrouble(error)).toBe(true);
});

test.each([
  ['a statement that is wrong', coded('42601')],
  ['a row that is there twice', coded('23505')],
  ['a defect of ours', new TypeError('x is not a function')],
  ['what is no error', 'ECONNREFUSED'],
])('%s will be the same again', (_name, error) => {
  expect(isDatabaseTrouble(error)).toBe(false);
});
