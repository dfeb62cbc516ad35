import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { allRoutes } from '../create-api.ts';
import { DEFAULT_WORKSPACE } from '../ports.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import { requested } from '../testing/flows.ts';
import { openDoors } from '../testing/isolation.ts';

const OTHER = '33333333-3333-4333-8333-333333333333';
let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await startApi();
  key = api.access.addKey(DEFAULT_WORKSPACE);
});
afterAll(() => api.app.close());

const list = (headers: Record<string, string>, url = '/api/v1/executions') => api.ask({ url, headers });

test('every route of the table turns strangers away', async () => {
  const run = await requested(api, key);
  const routes = allRoutes(api.deps);
  expect(routes.filter(({ area }) => area === 'workspace').length).toBeGreaterThan(10);
  const doors = await openDoors({
    app: api.app,
    routes,
    strangersKey: api.access.addKey(OTHER),
    powerlessKey: api.access.addKey(DEFAULT_WORKSPACE, { permissions: [] }),
    workspace: DEFAULT_WORKSPACE,
    idFor: (_path, parameter) => (parameter === 'step_id' ? 'ping' : run),
  });
  expect(doors).toEqual([]);
});

test('only what is meant for everybody is open to everybody', () => {
  const open = allRoutes(api.deps).flatMap((route) => (route.area === 'public' ? [route.path] : []));
  expect(open.sort()).toEqual(['/api/v1/docs', '/api/v1/health', '/api/v1/openapi.json', '/health']);
});

describe('a key', () => {
  test('is taken from either header, and its use is remembered once a minute', async () => {
    expect((await list({ authorization: `Bearer ${key}` })).statusCode).toBe(200);
    expect((await list({ 'x-api-key': key })).statusCode).toBe(200);
    expect((await list({ authorization: 'Digest abc' })).json().error).toContain('Authorization has to be');
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    expect((await list(basic(`anybody:${key}`))).statusCode).toBe(200);
    expect((await list(basic(`${key}:`))).statusCode).toBe(401);
    expect(api.access.used.get('k1')).toBeGreaterThan(0);
  });

  test('that has expired opens nothing', async () => {
    const expired = api.access.addKey(DEFAULT_WORKSPACE, { expiresAt: Date.now() - 1 });
    const response = await list({ 'x-api-key': expired });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="testmesh"');
  });

  test('that lacks the permission is told which one', async () => {
    const reader = api.access.addKey(DEFAULT_WORKSPACE, { permissions: ['runs:view'] });
    expect((await list({ 'x-api-key': reader })).statusCode).toBe(200);
    const response = await api.ask({
      method: 'POST',
      url: '/api/v1/executions',
      headers: { 'x-api-key': reader },
      payload: {},
    });
    expect(response.json()).toMatchObject({ status: 403, error: 'the key lacks the permission flows:run' });
  });

  test('does not tell a workspace that exists from one that does not', async () => {
    const answer = async (workspace: string) => {
      const { status, error } = (await list({ 'x-api-key': key }, `/api/v1/workspaces/${workspace}/executions`)).json();
      return { status, error: error.replace(workspace, 'W') };
    };
    expect(await answer(OTHER)).toEqual(await answer('44444444-4444-4444-8444-444444444444'));
    expect((await list({ 'x-api-key': key }, '/api/v1/workspaces/acme/executions')).statusCode).toBe(400);
  });
});

test('a body is not read before it is known who sends it', async () => {
  const response = await api.ask({
    method: 'POST',
    url: '/api/v1/executions',
    headers: { 'content-type': 'application/json' },
    payload: 'x'.repeat(11 * 1024 * 1024),
  });
  expect(response.statusCode).toBe(401);
});

describe('on loopback without keys', () => {
  let local: TestApi;
  beforeAll(async () => {
    local = await startApi({ auth: 'loopback' });
  });
  afterAll(() => local.app.close());
  const ask = (headers: Record<string, string>, url = '/api/v1/executions') => local.ask({ url, headers });

  test('the default workspace is served, and others that exist', async () => {
    expect((await ask({ host: 'localhost:5016' })).statusCode).toBe(200);
    expect((await ask({ host: '127.0.0.1:5016', origin: 'http://127.0.0.1:5016' })).statusCode).toBe(200);
    expect((await ask({ host: '[::1]:5016' }, `/api/v1/workspaces/${OTHER}/executions`)).statusCode).toBe(404);
  });

  test.each([
    [{ host: 'testmesh.evil.example' }, 'Host is testmesh.evil.example'],
    [{ host: 'localhost.evil.example:5016' }, 'Host is'],
    [{ host: 'localhost', origin: 'https://evil.example' }, 'a page of https://evil.example'],
    [{ host: 'localhost', origin: 'null' }, 'a page of null'],
    [{ host: 'localhost:5016', origin: 'http://localhost:3000' }, 'a page of http://localhost:3000'],
    [{ host: 'localhost', 'sec-fetch-site': 'same-site' }, 'another site'],
    [{ host: 'localhost', 'sec-fetch-site': 'cross-site' }, 'another site'],
  ])('a page of another site is refused: %j', async (headers, text) => {
    const response = await ask(headers as unknown as Record<string, string>);
    expect(response.statusCode).toBe(403);
    expect(response.json().error).toContain(text);
    expect(response.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('a form cannot start a run, and a preflight is not answered', async () => {
    const form = { host: 'localhost', 'content-type': 'text/plain' };
    const sent = await local.ask({ method: 'POST', url: '/api/v1/executions', headers: form, payload: '{}' });
    expect(sent.statusCode).toBe(415);
    const bare = { host: 'localhost:5016', origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' };
    const cancel = { method: 'POST' as const, url: '/api/v1/executions/019f0000-0000-7000-8000-000000000000/cancel' };
    expect((await local.ask({ ...cancel, headers: bare })).statusCode).toBe(403);
    expect((await local.ask({ ...cancel, headers: { host: 'localhost:5016' } })).statusCode).toBe(404);
    const preflight = await local.ask({ method: 'OPTIONS', url: '/api/v1/executions', headers: { host: 'localhost' } });
    expect(preflight.statusCode).toBe(404);
  });

  test('a page of another port reads no run by a WebSocket, either', async () => {
    await local.app.listen(0, '127.0.0.1');
    const own = await local.app.getUrl();
    const run = await requested(local, local.access.addKey(DEFAULT_WORKSPACE));
    const answer = (origin: string) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`${own.replace('http', 'ws')}/ws/executions/${run}`, { origin });
        socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
        socket.on('open', () => {
          socket.terminate();
          resolve('open');
        });
        socket.on('error', reject);
      });
    expect(await answer('http://localhost:3000')).toBe(403);
    expect(await answer(own)).toBe('open');
  });

  test('a key that is sent all the same is held to what it may do', async () => {
    const reader = local.access.addKey(OTHER, { permissions: [] });
    expect((await ask({ host: 'localhost', 'x-api-key': reader })).statusCode).toBe(403);
  });
});
