import { expect, test } from '@jest/globals';
import { readHar } from './har.ts';

const entry = (request: object, response: object = { status: 200 }, more: object = {}) => ({
  ...more,
  request: { method: 'GET', url: 'https://shop.example/api', headers: [], ...request },
  response,
});
const har = (...entries: readonly object[]): string => JSON.stringify({ log: { version: '1.2', entries } });

test('what was sent becomes a request that expects what was answered', () => {
  const headers = [
    { name: ':authority', value: 'shop.example' },
    { name: 'User-Agent', value: 'x' },
    { name: 'sec-fetch-mode', value: 'cors' },
    { name: 'X-Tenant', value: 'a${b}' },
    { name: 'content-type', value: 'application/json' },
  ];
  const post = entry(
    { method: 'post', headers, postData: { mimeType: 'application/json', text: '{"a":"${b}"}' } },
    { status: 201 },
  );
  expect(readHar(har(post))).toEqual({
    groups: [
      {
        name: 'Recorded at shop.example',
        requests: [
          {
            method: 'POST',
            url: 'https://shop.example/api',
            headers: [['X-Tenant', 'a$${b}']],
            body: { kind: 'json', value: { a: '$${b}' } },
            status: 201,
            followsRedirects: false,
          },
        ],
      },
    ],
    notes: [],
  });
});

test('what a page loads to be looked at is left out, and said', () => {
  const picture = entry({ url: 'https://shop.example/a.png' }, { status: 200, content: { mimeType: 'image/png' } });
  const script = entry({}, { status: 200 }, { _resourceType: 'script' });
  const call = entry({}, { status: 200, content: { mimeType: 'application/json' } }, { _resourceType: 'fetch' });
  const read = readHar(har(picture, script, call));
  expect(read.groups[0]?.requests).toHaveLength(1);
  expect(read.notes).toEqual(['2 requests for images, styles, fonts and scripts are left out']);
  expect(() => readHar(har(picture))).toThrow('there is no request in it');
});

test('forms come by their text or by their fields, and files by their names', () => {
  const post = (postData: object) => readHar(har(entry({ method: 'POST', postData }))).groups[0]?.requests[0]?.body;
  expect(post({ mimeType: 'application/x-www-form-urlencoded', text: 'a=1&b=c%20d' })).toEqual({
    kind: 'form',
    fields: [
      ['a', '1'],
      ['b', 'c d'],
    ],
  });
  const params = [
    { name: 'a', value: '1' },
    { name: 'f', fileName: 'x.csv' },
  ];
  expect(post({ mimeType: 'multipart/form-data; boundary=x', params })).toEqual({
    kind: 'multipart',
    fields: [['a', '1'], { name: 'f', file: 'x.csv' }],
  });
  expect(post({ mimeType: 'text/plain', text: 'hello' })).toEqual({ kind: 'text', text: 'hello' });
});

test('what is no HAR is refused by its place', () => {
  expect(() => readHar('{')).toThrow('it is no JSON');
  expect(() => readHar('{"log": {"entries": [{"request": {}}]}}')).toThrow('log.entries.0.request.method');
});
