import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_WORKSPACE } from './ports.ts';
import { startApi, type TestApi } from './testing/api.fixture.ts';
import { requested } from './testing/flows.ts';

let api: TestApi;
let headers: { readonly authorization: string };
beforeAll(async () => {
  api = await startApi();
  headers = { authorization: `Bearer ${api.access.addKey(DEFAULT_WORKSPACE)}` };
});
afterAll(() => api.app.close());

test('an API put together by Nest answers, and says whether its database does', async () => {
  const response = await api.ask({ url: '/health' });
  expect(response.statusCode).toBe(200);
  expect(response.json()).toEqual({
    status: 'ok',
    database: 'connected',
    service: 'testmesh-api',
    version: '0.0.0-test',
  });
});

test('without its database it is not healthy, and does not tell strangers why', async () => {
  const sick = await startApi({ health: { database: () => Promise.reject(new Error('password refused for root')) } });
  const response = await sick.ask({ url: '/api/v1/health' });
  expect(response.statusCode).toBe(503);
  expect(response.json()).toMatchObject({ status: 'error', database: 'unreachable' });
  expect(response.body).not.toContain('root');
  await sick.app.close();
});

test('an unknown route is a problem with the text that older clients read', async () => {
  const response = await api.ask({ url: '/api/v1/nothing', headers });
  expect(response.statusCode).toBe(404);
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(response.json()).toMatchObject({ error: 'endpoint not found', status: 404, code: 'no-endpoint' });
});

test('a request keeps the id it brings, and gets one when it brings none or a strange one', async () => {
  const withId = await api.ask({ url: '/health', headers: { 'x-request-id': 'build-17.3' } });
  expect(withId.headers['x-request-id']).toBe('build-17.3');
  const strange = await api.ask({ url: '/nothing', headers: { 'x-request-id': 'a b<script>' } });
  expect(strange.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(strange.json().instance).toBe(`urn:request:${strange.headers['x-request-id']}`);
});

test('every answer carries security headers and what is left of the limit', async () => {
  const response = await api.ask({ url: '/health' });
  expect(response.headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-ratelimit-limit': '3000',
  });
  expect(response.headers['content-security-policy']).toContain("default-src 'none'");
  expect(response.headers['access-control-allow-origin']).toBeUndefined();
});

test('an address that asks too often is told to wait', async () => {
  const limited = await startApi({ requestsPerMinute: 2 });
  await limited.ask({ url: '/health' });
  await limited.ask({ url: '/health' });
  const response = await limited.ask({ url: '/health' });
  expect(response.statusCode).toBe(429);
  expect(response.json()).toMatchObject({ code: 'too-many-requests' });
  expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
  await limited.app.close();
});

test('large answers are compressed for who takes it', async () => {
  const response = await api.app.inject({ url: '/api/v1/openapi.json', headers: { 'accept-encoding': 'gzip' } });
  expect(response.headers['content-encoding']).toBe('gzip');
});

test('what goes wrong inside is told to the operator, not to the client', async () => {
  const broken = await startApi({
    runs: {
      list: () => Promise.reject(new Error('relation "runs" is gone')),
      byRunIds: async () => new Map(),
      stored: async () => undefined,
      storedJson: async () => undefined,
      outline: async () => undefined,
    },
  });
  const key = broken.access.addKey(DEFAULT_WORKSPACE);
  const response = await broken.ask({ url: '/api/v1/executions', headers: { 'x-api-key': key } });
  expect(response.statusCode).toBe(500);
  expect(response.body).not.toContain('relation');
  expect(broken.failures.map(({ message }) => message)).toEqual(['relation "runs" is gone']);
  await broken.app.close();
});

test('a read that is still true is answered 304', async () => {
  const id = await requested(api, headers.authorization.slice('Bearer '.length));
  const url = `/api/v1/executions/${id}`;
  const first = await api.ask({ url, headers });
  const etag = String(first.headers['etag']);
  const second = await api.ask({ url, headers: { ...headers, 'if-none-match': etag } });
  expect(second.statusCode).toBe(304);
  expect(second.body).toBe('');
});
