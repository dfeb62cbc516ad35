import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { startApi, type TestApi } from '../testing/api.fixture.ts';

const DASHBOARD = 'http://localhost:5173';
const NEAR = [
  'http://localhost:5174',
  'http://localhost:5173.evil.example',
  'https://localhost:5173',
  'http://127.0.0.1:5173',
  'null',
];
const HELLO =
  'flow:\n  name: hello\n  steps:\n    - { action: log, config: { message: hi }, assert: [\'message == "hi"\'] }\n';
const CORS = /^access-control-/;

const corsOf = (headers: Record<string, unknown>): readonly string[] =>
  Object.keys(headers).filter((name) => CORS.test(name));

describe.each(['loopback', 'keys'] as const)('pages of other servers, with %s', (auth) => {
  let api: TestApi;
  let own: Record<string, string>;
  beforeAll(async () => {
    api = await startApi({ auth, origins: new Set([DASHBOARD]) });
    const key = api.access.addKey('00000000-0000-0000-0000-000000000001');
    own = { host: 'localhost:5016', ...(auth === 'keys' && { 'x-api-key': key }) };
  });
  afterAll(() => api.app.close());

  const ask = (method: 'GET' | 'POST' | 'OPTIONS', url: string, more: Record<string, string>, payload?: object) =>
    api.ask({ method, url: `/api/v1${url}`, headers: { ...own, ...more }, ...(payload && { payload }) });
  const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };

  test('one that is allowed asks, reads and writes', async () => {
    const page = { origin: DASHBOARD, 'sec-fetch-site': 'same-site' };
    const before = await ask('OPTIONS', '/executions', { ...page, ...preflight });
    expect(before.statusCode).toBe(204);
    expect(before.headers).toMatchObject({
      'access-control-allow-origin': DASHBOARD,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      vary: 'origin',
    });
    expect(before.headers['access-control-allow-headers']).toContain('x-csrf-token');
    const made = await ask('POST', '/executions', page, { definition: HELLO });
    expect(made.statusCode).toBe(201);
    expect(made.headers).toMatchObject({ 'access-control-allow-origin': DASHBOARD });
    expect(made.headers['access-control-expose-headers']).toContain('location');
    const missing = await ask('GET', '/executions/0190a000-0000-7000-8000-000000000000', page);
    expect([missing.statusCode, missing.headers['access-control-allow-origin']]).toEqual([404, DASHBOARD]);
    const headers = { ...own, ...page, 'accept-encoding': 'gzip' };
    const packed = await api.app.inject({ url: '/api/v1/openapi.json', headers });
    expect(packed.headers.vary).toMatch(/origin.*accept-encoding/);
  });

  test.each(NEAR)('one that only looks like it is told nothing of CORS: %s', async (origin) => {
    const read = await ask('GET', '/executions', { origin });
    const before = await ask('OPTIONS', '/executions', { origin, ...preflight });
    const written = await ask('POST', '/executions', { origin }, { definition: HELLO });
    for (const answer of [read, before, written]) expect(corsOf(answer.headers)).toEqual([]);
    // With a key it is no page that asks: a browser does not send one, and shows no page the answer.
    const expected = auth === 'loopback' ? [403, 403, 403] : [200, 404, 201];
    expect([read, before, written].map(({ statusCode }) => statusCode)).toEqual(expected);
    expect(read.headers.vary).toMatch(/^origin/);
  });

  test('a request without an origin is told nothing of CORS', async () => {
    const answer = await ask('GET', '/executions', {});
    expect([answer.statusCode, corsOf(answer.headers)]).toEqual([200, []]);
  });
});

test('without keys, a page that is allowed follows a run over a WebSocket, and one that looks like it does not', async () => {
  const api = await startApi({ auth: 'loopback', origins: new Set([DASHBOARD]) });
  await api.app.listen(0, '127.0.0.1');
  const url = (await api.app.getUrl()).replace('http://', 'ws://');
  const headers = { host: 'localhost:5016' };
  const made = await api.ask({ method: 'POST', url: '/api/v1/executions', headers, payload: { definition: HELLO } });
  const opened = (origin: string) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(`${url}/ws/executions/${made.json().id}`, { origin });
      socket.on('open', () => resolve('open'));
      socket.on('error', ({ message }) => resolve(message));
    });
  try {
    expect(await opened(DASHBOARD)).toBe('open');
    for (const origin of NEAR) expect(await opened(origin)).toContain('403');
  } finally {
    await api.app.close();
  }
});
