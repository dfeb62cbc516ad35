import { expect, test } from '@jest/globals';
import { documentValue } from '@testmesh/flow';
import { importFlows } from './import-flows.ts';

test('credentials become variables wherever they stand, and none is left in the text', () => {
  const content = `curl 'https://ada:pass-1@a/x?api_key=key-2&page=1' -H 'Authorization: Bearer tok-3' -H 'Cookie: sid=4' \\
    --json '{"user": {"password": "pass-5", "name": "ada"}, "token": "tok-3"}'
curl https://a/y -H 'X-API-Key: key-6' -u ada:pass-1`;
  const { flows, variables } = importFlows('curl', content);
  const text = flows[0]?.yaml ?? '';
  for (const secret of ['pass-1', 'key-2', 'tok-3', 'sid=4', 'pass-5', 'key-6']) expect(text).not.toContain(secret);
  expect(text).toContain('Authorization: Bearer ${AUTHORIZATION}');
  expect(text).toContain('token: ${AUTHORIZATION}');
  expect(text).toContain('https://a/x?api_key=${API_KEY}&page=1');
  expect(variables.every(({ secret }) => secret)).toBe(true);
  expect(variables.map(({ name }) => name).sort()).toEqual([
    'API_KEY',
    'AUTHORIZATION',
    'BASIC_PASSWORD',
    'COOKIE',
    'PASSWORD',
    'X_API_KEY',
  ]);
});

test('values that a collection gives go along unless they are credentials, and names that it lacks are asked for', () => {
  const content = JSON.stringify({
    info: { name: 'Shop', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
    variable: [
      { key: 'base', value: 'http://a' },
      { key: 'token', value: 'tok-1' },
      { key: 'unused', value: 'x' },
    ],
    item: [
      {
        name: 'one',
        request: {
          method: 'GET',
          url: '{{base}}/{{user-id}}/{{$guid}}',
          header: [{ key: 'X-Token', value: '{{token}}' }],
        },
      },
    ],
  });
  const { flows, variables, notes } = importFlows('postman', content);
  expect(flows[0]?.yaml).toContain('env:\n    base: http://a\n  secrets:\n    - token\n');
  expect(flows[0]?.yaml).toContain('url: ${base}/${user_id}/${UUID}');
  expect(variables).toEqual([
    { name: 'user_id', secret: false },
    { name: 'token', secret: true },
  ]);
  expect(notes).toEqual([]);
});

test('steps and flows of one name are told apart', () => {
  const item = { name: 'a', request: { method: 'GET', url: 'http://a' } };
  const content = JSON.stringify({
    info: { name: 'S', schema: 'v2.1.0' },
    item: [
      { name: 'f', item: [item, item] },
      { name: 'f', item: [item] },
    ],
  });
  const { flows } = importFlows('postman', content);
  expect(flows.map(({ name, requests }) => [name, requests])).toEqual([
    ['S / f', 2],
    ['S / f (2)', 1],
  ]);
  expect(flows[0]?.yaml).toContain('id: a_2');
});

test('a text that YAML cannot show as it is comes back as it was', async () => {
  const strange = 'a\u007f\ufffd\ufffe\uffff\u0001\u0085\u2028 b: "c" \\u007f';
  const { flows } = importFlows('curl', `curl http://a/x --data-raw '${strange}'`);
  const text = flows[0]?.yaml ?? '';
  const document = documentValue({ file: 'imported.yaml', text }) as { flow: { steps: { config: object }[] } };
  expect(document.flow.steps[0]?.config).toMatchObject({ body: strange });
});
