import { expect, test } from '@jest/globals';
import { httpRequestSchema } from './schema.ts';

const messages = (config: object): string[] =>
  httpRequestSchema.config
    .safeParse(config)
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

test('everything that is wrong is said at once', () => {
  const config = { url: 'orders.test/x', timeout: 30, headers: { a: { b: 1 } }, retries: 3 };
  expect(messages(config)).toEqual([
    'url: "orders.test/x" is not an http:// or https:// URL',
    'headers.a: a text, a number, a boolean, a list of those, or null to leave it out',
    'timeout: a duration needs a unit: write 30s or 30ms',
    ': Unrecognized key: "retries"',
  ]);
});

test('one request has one body, and a client certificate its key', () => {
  const url = 'http://orders.test';
  expect(messages({ url, body: 1, form: {} })).toEqual(['form: the request has a body already: `body`']);
  expect(messages({ url, client_cert: 'a' })).toEqual(['client_cert: `client_cert` and `client_key` belong together']);
});

test.each([
  [{}, 'repeatable'],
  [{ method: 'get' }, 'repeatable'],
  [{ method: 'HEAD' }, 'repeatable'],
  [{ method: 'POST' }, 'once'],
  [{ method: 'DELETE' }, 'once'],
  [{ graphql: { query: '{ a }' } }, 'once'],
])('the effect of %j is %s', (config, effect) => {
  expect(httpRequestSchema.effect(config)).toBe(effect);
});
