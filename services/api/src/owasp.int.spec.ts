import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { PERMISSIONS, ROLE_PERMISSIONS } from './access/permissions.ts';
import { allRoutes } from './create-api.ts';
import { countStore } from './http/rate-limits.ts';
import { DEFAULT_WORKSPACE } from './ports.ts';
import { startApi, type TestApi } from './testing/api.fixture.ts';
import { PING, requested } from './testing/flows.ts';

// The OWASP API Security Top 10 (2023), as far as one process shows it; docs/security.md names the tests of the rest.

const OTHER = '33333333-3333-4333-8333-333333333333';
let api: TestApi;
let owner: Record<string, string>;
let stranger: Record<string, string>;
beforeAll(async () => {
  api = await startApi();
  owner = { 'x-api-key': api.access.addKey(DEFAULT_WORKSPACE) };
  stranger = { 'x-api-key': api.access.addKey(OTHER) };
});
afterAll(() => api.app.close());

const post = (payload: object | string, headers: Record<string, string> = owner, url = '/api/v1/executions') =>
  api.app.inject({ method: 'POST', url, headers: { 'content-type': 'application/json', ...headers }, payload });

test('API1 broken object level authorization: the id of another workspace is answered as one that does not exist', async () => {
  const id = await requested(api, owner['x-api-key'] ?? '');
  const theirs = await api.ask({ url: `/api/v1/executions/${id}`, headers: stranger });
  const none = await api.ask({ url: `/api/v1/executions/${id.replace(/.$/, '0')}`, headers: stranger });
  expect([theirs.statusCode, none.statusCode]).toEqual([404, 404]);
  expect(theirs.json().detail.replace(id, 'ID')).toBe(none.json().detail.replace(id.replace(/.$/, '0'), 'ID'));
});

test('API2 broken authentication: neither a key in the address, nor one that ended, nor a made-up session opens anything', async () => {
  const url = `/api/v1/executions?api_key=${owner['x-api-key']}`;
  expect((await api.ask({ url })).statusCode).toBe(401);
  const ended = { id: 's', user: { id: 'u', email: 'e', name: '' }, memberships: [], usedAt: Date.now(), expiresAt: 1 };
  for (const token of ['0'.repeat(64), api.access.addSession(ended)]) {
    const headers = { cookie: `testmesh_session=${token}` };
    expect((await api.ask({ url: '/api/v1/executions', headers })).statusCode).toBe(401);
  }
});

test('API3 broken object property level authorization: a body cannot set what it does not name', async () => {
  for (const more of [{ workspace: OTHER }, { workspace_id: OTHER }, { actor: 'local' }, { run_id: 'mine' }]) {
    expect((await post({ definition: PING, ...more })).statusCode).toBe(400);
  }
});

describe('API4 unrestricted resource consumption', () => {
  test('a body that nests deep, is packed, or has a key of the prototype is refused', async () => {
    expect((await post(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).statusCode).toBe(400);
    expect((await post(`{"variables":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`)).statusCode).toBe(400);
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, 0x20));
    const packed = { ...owner, 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const answer = await api.app.inject({ method: 'POST', url: '/api/v1/executions', headers: packed, payload: bomb });
    expect(answer.statusCode).toBe(415);
    for (const body of ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}']) {
      expect((await post(body)).statusCode).toBe(400);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('numbers beyond what a number holds are refused where a number is meant', async () => {
    for (const limit of ['1e999', '-1', '99999999999999999999', 'NaN', '1.5']) {
      expect((await api.ask({ url: `/api/v1/executions?limit=${limit}`, headers: owner })).statusCode).toBe(400);
    }
  });

  test('parameters of a path are held to their form, and to a length', async () => {
    for (const id of ['..%2f..%2fetc%2fpasswd', '%00', "1'%20or%20'1'='1", 'x'.repeat(600)]) {
      const { statusCode } = await api.ask({ url: `/api/v1/executions/${id}`, headers: owner });
      expect(statusCode).toBeGreaterThanOrEqual(400);
      expect(statusCode).toBeLessThan(500);
    }
  });

  test('headers that are large, and ones that come drop by drop, end the connection', async () => {
    const { server } = api.app.getHttpAdapter().getInstance();
    expect(server.headersTimeout).toBeLessThanOrEqual(15_000);
    expect(server.requestTimeout).toBeLessThanOrEqual(60_000);
    await api.app.listen(0, '127.0.0.1');
    const { port } = new URL(await api.app.getUrl());
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      socket.write(`GET /health HTTP/1.1\r\nhost: localhost\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`);
    });
    expect(answer).toContain('431');
  });

  test('counts are shared; while they cannot be, each replica counts by itself and says so once', async () => {
    const said: string[] = [];
    let isDown = false;
    let shared = 10;
    const counts = {
      count: async () => {
        if (isDown) throw new Error('Redis is gone');
        shared += 1;
        return { current: shared, ttlMs: 500 };
      },
    };
    const store = countStore(counts, ({ message }) => said.push(message));
    const counted = () =>
      new Promise((resolve) => store.incr('1.2.3.4', (_error, found) => resolve(found?.current), 60_000));
    expect(await counted()).toBe(11);
    isDown = true;
    expect([await counted(), await counted(), await counted()]).toEqual([1, 2, 3]);
    expect(said).toEqual(['requests are counted by this replica alone: Redis is gone']);
    const route = store.child({ routeInfo: { method: 'POST', url: '/api/v1/sessions' } });
    expect(await new Promise((resolve) => route.incr('1.2.3.4', (_e, found) => resolve(found?.current), 1000))).toBe(1);
  });
});

test('API5 broken function level authorization: every permission but the one a route needs does not open it', async () => {
  const routes = allRoutes(api.deps).flatMap((route) => (route.area === 'workspace' ? [route] : []));
  for (const { method, path, permission } of routes) {
    const permissions = PERMISSIONS.filter((name) => name !== permission);
    const headers = { 'x-api-key': api.access.addKey(DEFAULT_WORKSPACE, { permissions }) };
    const url = `/api/v1${path.replaceAll(/:\w+/g, '1')}`;
    const { statusCode } = await api.app.inject({ method, url, headers });
    expect({ method, path, statusCode }).toEqual({ method, path, statusCode: 403 });
  }
  expect(routes.length).toBeGreaterThan(10);
  expect(ROLE_PERMISSIONS.viewer.length).toBeLessThan(ROLE_PERMISSIONS.editor.length);
});

test('API5: who may only run what is kept brings no flow of their own, by no route that takes one', async () => {
  const viewer = { 'x-api-key': api.access.addKey(DEFAULT_WORKSPACE, { permissions: ROLE_PERMISSIONS.viewer }) };
  const bodies = { definition: PING, bundle: { entry: 'f.yaml', files: { 'f.yaml': PING } } };
  const tried: string[] = [];
  for (const route of allRoutes(api.deps)) {
    if (route.area !== 'workspace' || route.body === undefined) continue;
    const { $ref = '', $defs = {}, properties } = z.toJSONSchema(route.body, { io: 'input' });
    const taken = properties ?? $defs[$ref.replace('#/$defs/', '')]?.properties ?? {};
    for (const [member, given] of Object.entries(bodies).filter(([name]) => Object.hasOwn(taken, name))) {
      const answer = await post({ [member]: given }, viewer, `/api/v1${route.path}`);
      expect(answer.json()).toMatchObject({ status: 403, error: 'the key lacks the permission flows:create' });
      tried.push(`${route.operationId} ${member}`);
    }
  }
  expect(tried).toEqual(expect.arrayContaining(['createExecution definition', 'checkExecution bundle']));
  const query = `mutation { requestRun(input: { definition: ${JSON.stringify(PING)} }) { id } }`;
  expect((await post({ query }, viewer, '/api/v1/graphql')).body).toContain('lacks the permission flows:create');
  const kept = '55555555-5555-4555-8555-555555555555';
  api.flows.set(`${DEFAULT_WORKSPACE}/${kept}`, { id: kept, name: 'ping', file: 'ping.yaml', text: PING });
  expect((await post({ flow_id: kept }, viewer)).statusCode).toBe(201);
});

test('API8 security misconfiguration: no CORS, no foreign pages, headers on every answer, nothing told of what broke', async () => {
  const answer = await api.ask({ url: '/api/v1/executions', headers: { ...owner, origin: 'https://evil.example' } });
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  for (const url of ['/health', '/nothing', '/api/v1/executions']) {
    const { headers } = await api.ask({ url });
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['server'] ?? headers['x-powered-by']).toBeUndefined();
  }
  expect((await post('{"definition":')).body).not.toMatch(/node_modules|at .*\.ts/);
});

test('API9 improper inventory management: every route that answers is in the document, and none that is in it is missing', async () => {
  const listed = Object.entries(api.document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(listed.length).toBeGreaterThan(20);
  for (const path of ['/api/v2/executions', '/api/executions', '/metrics', '/admin', '/.env', '/debug/pprof']) {
    expect((await api.ask({ url: path, headers: owner })).statusCode).toBe(404);
  }
});
