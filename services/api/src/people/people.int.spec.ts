import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@testmesh/runtime';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { describeWith } from '../../../../tools/testing/real.ts';
import { ROLE_PERMISSIONS } from '../access/permissions.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';

const SLOW_MS = 60_000;
const password = 'correct horse battery';

describeWith('postgres', 'people', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let admin: Record<string, string>;
  let later = 0;
  beforeAll(async () => {
    world = await startConfiguration(address, { ...systemClock, now: () => systemClock.now() + later });
    workspace = await world.workspace('one');
    admin = await world.headersOf(workspace, ROLE_PERMISSIONS.admin);
  }, SLOW_MS);
  afterAll(() => world.close());

  const send = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, more: Partial<InjectOptions> = {}) =>
    world.api.ask({ method, url: `/api/v1${path}`, ...more });
  const invite = async (email: string, role = 'editor', headers = admin): Promise<LightMyRequestResponse> =>
    send('POST', '/invitations', { headers, payload: { email, role } });
  const accept = (token: string, secret = password) =>
    send('POST', '/invitations/accept', { payload: { token, name: 'N', password: secret } });
  const browser = (response: LightMyRequestResponse) => ({
    cookie: String(response.headers['set-cookie']).split(';')[0] ?? '',
    'x-csrf-token': response.json().csrf_token,
  });
  const joined = async (email: string, role = 'editor') => {
    const response = await accept((await invite(email, role)).json().token);
    expect(response.statusCode).toBe(201);
    return browser(response);
  };

  test(
    'the first owner is invited by the key that the server began with; no admin makes another',
    async () => {
      expect((await invite('owner@example.com', 'owner')).statusCode).toBe(201);
      const owner = await joined('owner@example.com', 'owner');
      expect((await send('GET', '/session', { headers: owner })).json().workspaces).toMatchObject([{ role: 'owner' }]);
      expect((await invite('second@example.com', 'owner')).statusCode).toBe(403);
    },
    SLOW_MS,
  );

  describe('an invitation', () => {
    test(
      'opens once, is kept as a hash, and shown once',
      async () => {
        const invitation = (await invite('once@example.com')).json();
        const { rows } = await world.storage.pool.query('select * from testmesh.invitations');
        expect(JSON.stringify(rows)).not.toContain(invitation.token);
        expect((await send('GET', '/invitations', { headers: admin })).body).not.toContain(invitation.token);
        const both = await Promise.all([accept(invitation.token), accept(invitation.token)]);
        expect(both.map(({ statusCode }) => statusCode).sort()).not.toEqual([201, 201]);
        expect((await accept(invitation.token)).statusCode).toBe(404);
      },
      SLOW_MS,
    );

    test(
      'that was revoked or is a week old opens nothing',
      async () => {
        const revoked = (await invite('revoked@example.com')).json();
        expect((await send('DELETE', `/invitations/${revoked.id}`, { headers: admin })).statusCode).toBe(204);
        expect((await accept(revoked.token)).statusCode).toBe(404);
        const old = (await invite('old@example.com')).json();
        later += 8 * 24 * 3_600_000;
        expect((await accept(old.token)).statusCode).toBe(404);
      },
      SLOW_MS,
    );

    test(
      'takes no password that is guessed at once',
      async () => {
        const { token } = (await invite('weakling@example.com')).json();
        for (const weak of ['short', 'aaaaaaaaaaaa', 'weakling-is-me'])
          expect((await accept(token, weak)).statusCode).toBe(400);
        expect((await accept(token)).statusCode).toBe(201);
      },
      SLOW_MS,
    );

    test(
      'does not give away an account that exists',
      async () => {
        await joined('known@example.com');
        const other = await world.workspace('other');
        const { token } = (await invite('known@example.com', 'viewer', await world.headersOf(other))).json();
        expect((await accept(token, 'not their password')).statusCode).toBe(401);
        expect((await accept(token)).statusCode).toBe(201);
      },
      SLOW_MS,
    );
  });

  describe('a session', () => {
    test(
      'is a cookie that no script reads, kept as a hash, of 256 random bits',
      async () => {
        await joined('cookie@example.com');
        const response = await send('POST', '/sessions', { payload: { email: 'Cookie@Example.com', password } });
        const cookie = String(response.headers['set-cookie']);
        expect(cookie).toMatch(/^testmesh_session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict/);
        const token = cookie.slice('testmesh_session='.length, 'testmesh_session='.length + 64);
        const { rows } = await world.storage.pool.query(
          `select *, encode(hash, 'hex') as shown from testmesh.sessions`,
        );
        expect(JSON.stringify(rows)).not.toContain(token);
        const away = await world.api.app.inject({
          method: 'POST',
          url: '/api/v1/sessions',
          headers: { host: 'testmesh.example.com' },
          payload: { email: 'cookie@example.com', password },
        });
        expect(String(away.headers['set-cookie'])).toContain('; Secure');
      },
      SLOW_MS,
    );

    test(
      'changes something only with the token of our own page, from our own page',
      async () => {
        const own = await joined('page@example.com');
        const body = { payload: { name: 'from our page' } };
        const { cookie } = own;
        expect((await send('POST', '/environments', { headers: own, ...body })).statusCode).toBe(201);
        for (const headers of [
          { cookie },
          { cookie, 'x-csrf-token': 'a'.repeat(64) },
          { ...own, origin: 'https://evil.example' },
          { ...own, origin: 'null' },
          { ...own, 'sec-fetch-site': 'cross-site' },
        ]) {
          expect((await send('POST', '/environments', { headers, ...body })).statusCode).toBe(403);
        }
        expect((await send('GET', '/executions', { headers: { cookie } })).statusCode).toBe(200);
        expect(
          (await send('GET', '/executions', { headers: { cookie, origin: 'https://evil.example' } })).statusCode,
        ).toBe(403);
      },
      SLOW_MS,
    );

    test(
      'may do what the role says now, and nothing after the person has left',
      async () => {
        const own = await joined('role@example.com', 'editor');
        const id = (await send('GET', '/session', { headers: own })).json().user.id;
        const members = (await send('GET', '/members?limit=200', { headers: admin })).json().members;
        const { version } = members.find(({ user_id }: { user_id: string }) => user_id === id);
        const body = { payload: { name: 's' } };
        expect((await send('POST', '/environments', { headers: own, ...body })).statusCode).toBe(201);
        const etag = { ...admin, 'if-match': `"${version}"` };
        await send('PUT', `/members/${id}`, { headers: etag, payload: { role: 'viewer' } });
        expect((await send('POST', '/environments', { headers: own, payload: { name: 't' } })).statusCode).toBe(403);
        await send('DELETE', `/members/${id}`, { headers: { ...admin, 'if-match': '*' } });
        expect((await send('GET', '/environments', { headers: own })).statusCode).toBe(404);
      },
      SLOW_MS,
    );

    test(
      'sees no other workspace',
      async () => {
        const own = await joined('fenced@example.com');
        const other = await world.workspace('fenced-off');
        expect((await send('GET', `/workspaces/${other}/flows`, { headers: own })).statusCode).toBe(404);
        expect((await send('GET', `/workspaces/${workspace}/flows`, { headers: own })).statusCode).toBe(200);
      },
      SLOW_MS,
    );

    test(
      'ends when it is closed, after a day without use, and with every other one when the password changes',
      async () => {
        const closed = await joined('ends@example.com');
        expect((await send('DELETE', '/session', { headers: closed })).statusCode).toBe(204);
        expect((await send('GET', '/session', { headers: closed })).statusCode).toBe(401);
        const logIn = async () =>
          browser(await send('POST', '/sessions', { payload: { email: 'ends@example.com', password } }));
        const idle = await logIn();
        later += 25 * 3_600_000;
        expect((await send('GET', '/session', { headers: idle })).statusCode).toBe(401);
        const [kept, lost] = [await logIn(), await logIn()];
        const change = { current: password, new: 'another sentence entirely' };
        expect((await send('POST', '/session/password', { headers: kept, payload: change })).statusCode).toBe(204);
        expect((await send('GET', '/session', { headers: lost })).statusCode).toBe(401);
        expect((await send('GET', '/session', { headers: kept })).statusCode).toBe(200);
      },
      SLOW_MS,
    );
  });

  test(
    'a key for a terminal may do what its person may, and dies with the membership',
    async () => {
      await joined('terminal@example.com', 'editor');
      const given = { email: 'terminal@example.com', password };
      const response = await send('POST', '/session/keys', { payload: given });
      expect(response.json()).toMatchObject({ workspace_id: workspace, role: 'editor' });
      const headers = { 'x-api-key': response.json().key };
      expect((await send('GET', '/flows', { headers })).statusCode).toBe(200);
      expect((await send('GET', '/api-keys', { headers })).statusCode).toBe(403);
      const { members } = (await send('GET', '/members?limit=200', { headers: admin })).json();
      const { user_id: id } = members.find(({ email }: { email: string }) => email === given.email);
      await send('PUT', `/members/${id}`, { headers: { ...admin, 'if-match': '*' }, payload: { role: 'viewer' } });
      expect((await send('POST', '/environments', { headers, payload: { name: 'x' } })).statusCode).toBe(403);
      await send('DELETE', `/members/${id}`, { headers: { ...admin, 'if-match': '*' } });
      expect((await send('GET', '/flows', { headers })).statusCode).toBe(401);
    },
    SLOW_MS,
  );

  describe('guessing', () => {
    const attempt = (email: string, secret: string) =>
      send('POST', '/sessions', { payload: { email, password: secret } });

    test(
      'is slowed down for an address, whether it exists or not, and the right password has to wait, too',
      async () => {
        await joined('guessed@example.com');
        later += 60_000;
        for (const email of ['guessed@example.com', 'nobody@example.com']) {
          const statuses: number[] = [];
          for (let tries = 0; tries < 6; tries += 1)
            statuses.push((await attempt(email, `wrong ${tries} guess`)).statusCode);
          expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
        }
        const refused = await attempt('guessed@example.com', password);
        expect(refused.statusCode).toBe(429);
        expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
        later += 31_000;
        expect((await attempt('guessed@example.com', password)).statusCode).toBe(201);
      },
      SLOW_MS,
    );

    test(
      'at the same time is no faster',
      async () => {
        const all = Array.from({ length: 15 }, (_, index) =>
          world.storage.users.failed('ab'.repeat(32), 1000 + index, 0),
        );
        expect((await Promise.all(all)).sort((a, b) => a - b)).toEqual(
          Array.from({ length: 15 }, (_, index) => index + 1),
        );
      },
      SLOW_MS,
    );
  });

  describe('rules of a workspace', () => {
    test(
      'are changed by who read them, checked, audited, and reach the queue',
      async () => {
        const read = await send('GET', '/outbound-rules', { headers: admin });
        expect([read.json(), read.headers['etag']]).toEqual([{ allow: null, deny: [] }, '"0"']);
        const put = (etag: string | undefined, payload: object) =>
          send('PUT', '/outbound-rules', {
            headers: { ...admin, ...(etag !== undefined && { 'if-match': etag }) },
            payload,
          });
        const wanted = { allow: null, deny: ['10.0.0.0/8', '*.internal'] };
        expect((await put(undefined, wanted)).statusCode).toBe(428);
        expect((await put('"0"', { allow: ['*'], deny: [] })).statusCode).toBe(400);
        expect((await put('"0"', wanted)).headers['etag']).toBe('"1"');
        expect((await put('"0"', wanted)).statusCode).toBe(412);
        const headers = { ...admin, 'if-match': '"0"' };
        expect((await send('PUT', '/limits', { headers, payload: { max_running: 3 } })).json()).toEqual({
          max_running: 3,
        });
        const { rows } = await world.storage.pool.query('select * from journal.workspace_limits where workspace = $1', [
          workspace,
        ]);
        expect(rows).toEqual([{ workspace, max_running: 3 }]);
        const { events } = (await send('GET', '/audit?limit=200', { headers: admin })).json();
        const types = events.map(({ type }: { type: string }) => type);
        expect(types).toEqual(
          expect.arrayContaining(['OutboundRulesChanged', 'WorkspaceLimitsChanged', 'InvitationAccepted']),
        );
      },
      SLOW_MS,
    );
  });

  test('a request that makes something is done once for its key', async () => {
    const headers = { ...admin, 'idempotency-key': 'make-1' };
    const payload = { name: 'once', role: 'viewer' };
    expect((await send('POST', '/api-keys', { headers, payload })).statusCode).toBe(201);
    expect((await send('POST', '/api-keys', { headers, payload })).statusCode).toBe(409);
    expect((await send('POST', '/api-keys', { headers, payload: { name: 'twice' } })).statusCode).toBe(422);
    const failing = { ...admin, 'idempotency-key': 'make-2' };
    const member = { email: 'not an address', role: 'viewer' };
    expect((await send('POST', '/members', { headers: failing, payload: member })).statusCode).toBe(400);
    const taken = { email: 'once@example.com', role: 'viewer' };
    expect((await send('POST', '/members', { headers: failing, payload: taken })).statusCode).toBe(409);
    expect(
      (await send('POST', '/members', { headers: failing, payload: { ...taken, email: 'n@example.com' } })).statusCode,
    ).toBe(201);
  });
});
