import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { describeWith } from '../../../tools/testing/real.ts';
import { createSystem, type Started, type System, send } from '../testing/system.ts';
import { userService } from './user-service.ts';

const TOPICS = ['user.created', 'user.login'];
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const someone = () => ({ email: `${randomUUID()}@example.com`, name: 'Ada' });

describeWith('postgres', 'the user service', (postgres) =>
  describeWith('kafka', 'with a broker', (kafka) =>
    describeWith('redis', 'and Redis', (redis) => {
      let system: System;
      let service: Started;
      let users: string;

      beforeAll(async () => {
        system = await createSystem({ postgres, kafka, redis }, TOPICS);
        service = await system.start(userService, { ALLOW_TEST_DB: 'true' });
        users = `${service.url}/api/v1/users`;
      }, 60_000);
      afterEach(() => service.break({}));
      afterAll(() => system?.stop(), 30_000);

      const rowOf = async (id: string) =>
        (await system.query('SELECT * FROM user_service.users WHERE id = $1', [id]))[0];

      test('creates a user, in the table and as an event keyed by its id, in the trace of the caller', async () => {
        const user = someone();
        const { status, body } = await send('POST', users, user, { traceparent: TRACEPARENT });
        expect({ status, body }).toMatchObject({ status: 201, body: { ...user, id: expect.any(String) } });
        expect(Object.keys(body).sort()).toEqual(['created_at', 'email', 'id', 'name', 'updated_at']);
        expect(await rowOf(body.id)).toMatchObject(user);
        const { payload, headers } = await system.event('user.created', body.id);
        expect(payload).toEqual({ event_type: 'user.created', user_id: body.id, ...user });
        expect(headers['traceparent']).toMatch(
          /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/,
        );
        expect(headers['event_id']).toEqual(expect.any(String));
      });

      test('takes the id a client chose, and refuses it the second time', async () => {
        const id = `test-${randomUUID()}`;
        expect(await send('POST', `${service.url}/users`, { ...someone(), id })).toMatchObject({
          status: 201,
          body: { id },
        });
        expect(await send('POST', `${service.url}/users`, { ...someone(), id })).toEqual({
          status: 409,
          body: { error: `user ${id} already exists` },
        });
      });

      test('refuses an email that is taken, and takes it again once the row was deleted behind its cache', async () => {
        const user = someone();
        const first = await send('POST', users, user);
        expect(await send('POST', users, user)).toEqual({
          status: 409,
          body: { error: `email ${user.email} is taken` },
        });
        await system.query('DELETE FROM user_service.users WHERE id = $1', [first.body.id]);
        expect(await send('POST', users, user)).toMatchObject({ status: 201 });
      });

      test.each([
        [{ name: 'Ada' }, 'email: Invalid input: expected string, received undefined'],
        [{ email: 'no', name: 'Ada' }, 'email: Invalid email address'],
        [{ email: 'a@example.com', name: '' }, 'name: Too small: expected string to have >=1 characters'],
        ['[', expect.stringContaining('JSON')],
      ])('answers 400 to %j', async (body, error) => {
        expect(await send('POST', users, body)).toEqual({ status: 400, body: { error } });
      });

      test('lists users, the newest first', async () => {
        const { body: created } = await send('POST', users, someone());
        const { status, body } = await send('GET', users);
        expect(status).toBe(200);
        expect(body.users[0]).toEqual(created);
      });

      test('reads a user from the cache, and from the table when asked for a fresh answer', async () => {
        const { body: user } = await send('POST', users, someone());
        await system.query('DELETE FROM user_service.users WHERE id = $1', [user.id]);
        expect(await send('GET', `${users}/${user.id}`)).toEqual({ status: 200, body: user });
        const missing = { status: 404, body: { error: `user ${user.id} not found` } };
        expect(await send('GET', `${users}/${user.id}`, undefined, { 'cache-control': 'no-cache' })).toEqual(missing);
        expect(await send('GET', `${users}/${user.id}`)).toEqual(missing);
      });

      test('answers an id with a NUL character with 400', async () => {
        expect(await send('GET', `${users}/a%00b`)).toMatchObject({ status: 400, body: { error: expect.any(String) } });
      });

      test('logs a user in, knows the token afterwards, and says so in an event', async () => {
        const { body: user } = await send('POST', users, someone());
        const { status, body } = await send('POST', `${service.url}/api/v1/auth/login`, { email: user.email });
        expect({ status, user: body.user }).toEqual({ status: 200, user });
        const verify = (authorization: string) =>
          send('GET', `${service.url}/api/v1/auth/verify`, undefined, { authorization });
        expect(await verify(body.token)).toEqual({ status: 200, body: { valid: true, user_id: user.id } });
        expect(await verify('unknown')).toEqual({ status: 200, body: { valid: false } });
        const { payload } = await system.event('user.login', user.id);
        expect(payload).toEqual({ event_type: 'user.login', user_id: user.id, email: user.email });
      });

      test('refuses to log in strangers, nonsense, and to verify without a header', async () => {
        const login = `${service.url}/api/v1/auth/login`;
        expect(await send('POST', login, { email: 'stranger@example.com' })).toEqual({
          status: 401,
          body: { error: 'no user has the email stranger@example.com' },
        });
        expect(await send('POST', login, {})).toMatchObject({ status: 400 });
        expect(await send('GET', `${service.url}/api/v1/auth/verify`)).toMatchObject({ status: 401 });
      });

      test('reports its health and counts its requests by route', async () => {
        expect(await send('GET', `${service.url}/health`)).toEqual({
          status: 200,
          body: { status: 'healthy', service: 'user-service', database: 'up', events: 'up', cache: 'redis' },
        });
        await send('GET', `${users}/nobody`);
        const { body } = await send('GET', `${service.url}/metrics`);
        expect(body).toMatch(/^http_requests_total\{method="GET",route="\/api\/v1\/users\/:id",status="404"\} \d+$/m);
        expect(body).toMatch(/^http_request_duration_seconds_count\{.*route="\/health".*\} 1$/m);
        expect(body).toMatch(/^http_requests_in_flight 1$/m);
      });

      test('goes on without a Redis that is gone, and shows it', async () => {
        const alone = await system.start(userService, { REDIS_URL: 'redis://127.0.0.1:1' });
        const { status, body: user } = await send('POST', `${alone.url}/users`, someone());
        expect(status).toBe(201);
        expect(await send('GET', `${alone.url}/users/${user.id}`)).toEqual({ status: 200, body: user });
        expect((await send('GET', `${alone.url}/health`)).body).toMatchObject({
          status: 'healthy',
          cache: 'redis is down',
        });
        await alone.stop();
      });

      test('names the route that does not exist', async () => {
        expect(await send('GET', `${service.url}/nowhere`)).toEqual({
          status: 404,
          body: { error: 'no route GET /nowhere' },
        });
      });

      describe('broken on purpose', () => {
        test('answers 503 on every route, its health too, until healed', async () => {
          await service.break({ unavailable: '503' });
          const down = { status: 503, body: { error: 'service unavailable' } };
          expect(await send('GET', users)).toEqual(down);
          expect(await send('GET', `${service.url}/health`)).toEqual(down);
          await service.break({});
          expect(await send('GET', users)).toMatchObject({ status: 200 });
        });

        test('closes the connection without an answer', async () => {
          await service.break({ unavailable: 'close' });
          await expect(send('GET', users)).rejects.toThrow('fetch failed');
        });

        test('answers 201, caches and publishes, and yet the row is not there', async () => {
          await service.break({ lose_writes: true });
          const { status, body } = await send('POST', users, someone());
          expect(status).toBe(201);
          expect(await rowOf(body.id)).toBeUndefined();
          expect(await send('GET', `${users}/${body.id}`)).toMatchObject({ status: 200 });
          await system.event('user.created', body.id);
        });

        test('refuses a fault it does not know', async () => {
          expect(await send('PUT', `${service.url}/admin/faults`, { unavailible: '503' })).toMatchObject({
            status: 400,
            body: { error: expect.stringContaining('unavailible') },
          });
        });
      });

      describe('asked for a test database', () => {
        let dsn: string;
        const isolated = () => ({ 'x-test-db': dsn });

        beforeAll(async () => {
          dsn = await system.createDatabase(`
            CREATE SCHEMA user_service;
            CREATE TABLE user_service.users (
              id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE NOT NULL, created_at TIMESTAMPTZ DEFAULT now());
            INSERT INTO user_service.users (id, name, email) VALUES ('u-001', 'Alice', 'alice@example.com')`);
        });

        test('reads the columns that are there, and only from there', async () => {
          const { status, body } = await send('GET', `${service.url}/users/u-001`, undefined, isolated());
          expect({ status, body }).toMatchObject({ status: 200, body: { id: 'u-001', name: 'Alice' } });
          expect(body).not.toHaveProperty('updated_at');
          expect(await send('GET', `${service.url}/users/u-001`)).toMatchObject({ status: 404 });
          const list = await send('GET', users, undefined, isolated());
          expect(list.body.users.map(({ id }: { id: string }) => id)).toContain('u-001');
        });

        test('writes there, without cache, event or tables of its own', async () => {
          const user = { ...someone(), id: `u-${randomUUID()}` };
          expect(await send('POST', users, user, isolated())).toMatchObject({ status: 201, body: user });
          expect(await send('POST', users, user, isolated())).toMatchObject({ status: 409 });
          expect(await send('GET', `${users}/${user.id}`, undefined, isolated())).toMatchObject({ status: 200 });
          expect(await send('GET', `${users}/${user.id}`)).toMatchObject({ status: 404 });
          // An event of ours sent afterwards has arrived, and one for this user has not.
          const { body: marker } = await send('POST', users, someone());
          await system.event('user.created', marker.id);
          expect(system.events('user.created', user.id)).toEqual([]);
        });

        test('says what is wrong with the database, and never shows its password', async () => {
          const unreachable = await send('GET', users, undefined, { 'x-test-db': 'postgres://u:secret@127.0.0.1:1/x' });
          expect(unreachable).toEqual({
            status: 502,
            body: { error: 'the test database failed: connect ECONNREFUSED 127.0.0.1:1' },
          });
          const empty = await send('GET', users, undefined, { 'x-test-db': await system.createDatabase('SELECT 1') });
          expect(empty).toMatchObject({
            status: 502,
            body: { error: expect.stringContaining('"users" does not exist') },
          });
        });

        test.each([
          ['not a dsn', 400],
          ['mysql://u:secret@127.0.0.1/x', 400],
          ['postgres://u:secret@db.example.com/x', 403],
        ])('refuses %s', async (address, status) => {
          const reply = await send('GET', users, undefined, { 'x-test-db': address });
          expect(reply.status).toBe(status);
          expect(reply.body.error).not.toContain('secret');
        });

        test('refuses, when it is not allowed, instead of using its own database', async () => {
          const strict = await system.start(userService);
          expect(await send('GET', `${strict.url}/users`, undefined, isolated())).toEqual({
            status: 403,
            body: { error: 'X-Test-DB is not enabled here (ALLOW_TEST_DB)' },
          });
        });
      });
    }),
  ),
);
