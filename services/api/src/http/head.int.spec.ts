import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_WORKSPACE } from '../ports.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import { requested } from '../testing/flows.ts';

let api: TestApi;
let headers: Record<string, string>;
let run: string;
beforeAll(async () => {
  api = await startApi();
  headers = { 'x-api-key': api.access.addKey(DEFAULT_WORKSPACE) };
  run = await requested(api, headers['x-api-key'] ?? '');
});
afterAll(() => api.app.close());

const ask = (method: 'GET' | 'HEAD', url: string, more: Record<string, string> = headers) =>
  api.app.inject({ method, url, headers: more });

test.each(['/health', '/api/v1/executions', '/api/v1/openapi.json', '/api/v1/docs'])(
  'HEAD %s is answered as GET is, without a body',
  async (url) => {
    const [get, head] = [await ask('GET', url), await ask('HEAD', url)];
    expect([head.statusCode, head.headers['content-type']]).toEqual([200, get.headers['content-type']]);
    expect(head.body).toBe('');
  },
);

test('HEAD asks for the same key, and finds no more', async () => {
  expect((await ask('HEAD', '/api/v1/executions', {})).statusCode).toBe(401);
  expect((await ask('HEAD', `/api/v1/executions/${run.replace(/.$/, 'x')}`)).statusCode).toBe(400);
});

test('HEAD of a stream ends', async () => {
  const head = await ask('HEAD', `/api/v1/executions/${run}/stream`);
  expect([head.statusCode, head.body]).toEqual([200, '']);
  expect(head.headers['content-type']).toContain('text/event-stream');
  expect(api.live.listeners()).toBe(0);
});

test.each([['"1"'], ['W/"1"'], ['"7", "1"'], ['*']])('If-None-Match %s of what is unchanged is 304', async (tag) => {
  const answer = await ask('GET', `/api/v1/executions/${run}`, { ...headers, 'if-none-match': tag });
  expect(answer.statusCode).toBe(304);
});

test('If-None-Match of another version is answered in full', async () => {
  const answer = await ask('GET', `/api/v1/executions/${run}`, { ...headers, 'if-none-match': '"9"' });
  expect(answer.statusCode).toBe(200);
});
