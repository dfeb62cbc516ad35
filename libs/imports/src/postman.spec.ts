import { expect, test } from '@jest/globals';
import { importFlows } from './import-flows.ts';
import { readPostman } from './postman.ts';
import { postmanCollection } from './postman-collection.ts';

const SCHEMA = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';
const collection = (more: object): string =>
  JSON.stringify({ info: { name: 'Shop', schema: SCHEMA }, item: [], ...more });
const request = (more: object) => ({ name: 'r', request: { method: 'GET', url: '{{base}}/a', ...more } });

test('every folder with requests becomes a flow, and what it inherits goes along', () => {
  const auth = { type: 'bearer', bearer: [{ key: 'token', value: '{{token}}' }] };
  const orders = {
    name: 'Orders',
    description: 'of people',
    item: [request({}), request({ auth: { type: 'noauth' } })],
  };
  const read = readPostman(collection({ auth, item: [request({}), { name: 'v1', item: [orders] }] }));
  expect(read.groups.map(({ name, requests }) => [name, requests.length])).toEqual([
    ['Shop', 1],
    ['Shop / v1 / Orders', 2],
  ]);
  const [open, closed] = read.groups[1]?.requests ?? [];
  expect(open).toMatchObject({ url: '${base}/a', auth: { type: 'bearer', token: '${token}' } });
  expect(closed).not.toHaveProperty('auth');
  expect(read.groups[1]).toMatchObject({ description: 'of people' });
});

test('bodies of every mode, path variables and disabled parts', () => {
  const bodies = [
    [
      { mode: 'raw', raw: '{"a": "{{x}}"}', options: { raw: { language: 'json' } } },
      { kind: 'json', value: { a: '${x}' } },
    ],
    [
      { mode: 'raw', raw: '{"a": {{n}} }', options: { raw: { language: 'json' } } },
      { kind: 'text', text: '{"a": ${n} }' },
    ],
    [
      {
        mode: 'urlencoded',
        urlencoded: [
          { key: 'a', value: '1' },
          { key: 'b', value: '2', disabled: true },
        ],
      },
      { kind: 'form', fields: [['a', '1']] },
    ],
    [
      {
        mode: 'formdata',
        formdata: [
          { key: 'f', type: 'file', src: 'a.png' },
          { key: 'n', value: '1' },
        ],
      },
      { kind: 'multipart', fields: [{ name: 'f', file: 'a.png' }, ['n', '1']] },
    ],
    [
      { mode: 'graphql', graphql: { query: '{ a }', variables: '{"x": 1}' } },
      { kind: 'graphql', query: '{ a }', variables: { x: 1 } },
    ],
  ];
  for (const [body, expected] of bodies) {
    const { groups } = readPostman(collection({ item: [request({ method: 'POST', body })] }));
    expect(groups[0]?.requests[0]?.body).toEqual(expected);
  }
  const url = { raw: 'shop.example/orders/:id/items?a=1', variable: [{ key: 'id', value: '{{order}}' }] };
  const { groups } = readPostman(collection({ item: [request({ url })] }));
  expect(groups[0]?.requests[0]?.url).toBe('http://shop.example/orders/${order}/items?a=1');
});

test('what is not converted is said, and what is no collection refused', () => {
  const script = { listen: 'test', script: { exec: ['pm.test()'] } };
  const item = [{ ...request({ auth: { type: 'oauth2' }, body: { mode: 'file' } }), event: [script] }];
  expect(readPostman(collection({ item })).notes).toEqual([
    'Shop / r: its scripts are not converted',
    'Shop / r: a body of the kind file is left out',
    'Shop / r: its authorization oauth2 is left out',
  ]);
  expect(() => readPostman('{"info": {"name": "x"}, "item": []}')).toThrow('format v2.1');
  expect(() => readPostman(collection({}))).toThrow('has no requests');
});

test('a flow goes out as a collection and comes back as it was', () => {
  const item = [
    request({
      method: 'POST',
      header: [{ key: 'X-A', value: '{{a}}' }],
      auth: {
        type: 'basic',
        basic: [
          { key: 'username', value: 'ada' },
          { key: 'password', value: '{{pass}}' },
        ],
      },
      body: { mode: 'raw', raw: '{"price": "$${literal}", "n": 1}', options: { raw: { language: 'json' } } },
    }),
  ];
  const first = readPostman(collection({ item })).groups[0]?.requests;
  const definition = {
    env: { base: 'http://a' },
    steps: [
      { action: 'log', config: {} },
      {
        name: 'r',
        action: 'http_request',
        config: {
          method: 'POST',
          url: '${base}/a',
          headers: { 'X-A': '${a}' },
          auth: { type: 'basic', username: 'ada', password: '${pass}' },
          body: { price: '$$${literal}', n: 1 },
        },
      },
    ],
  };
  const { collection: sent, notes } = postmanCollection('Shop', [{ name: 'Shop', description: '', definition }]);
  expect(notes).toEqual(['Shop: step 1 (log) has no counterpart and is left out']);
  const again = readPostman(JSON.stringify(sent));
  expect(again.groups[0]?.requests).toEqual(first);
  expect(again.groups[0]?.values).toEqual([['base', 'http://a']]);
  expect(importFlows('postman', JSON.stringify(sent)).variables.map(({ name }) => name)).toEqual(['a', 'pass']);
});
