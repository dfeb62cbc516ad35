import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ServiceContext } from '../service/context.ts';
import { check, HttpError, wantsFresh } from '../service/http.ts';
import type { Service } from '../service/service.ts';
import { testDatabases } from './test-database.ts';
import { loginSchema, type NewUser, newUserSchema, type User, userCreated, userLoggedIn } from './user.ts';
import { deleteUser, findUser, findUserByEmail, insertUser, latestUsers, USER_TABLES } from './user-store.ts';

const USER_TTL_SECONDS = 5 * 60;
const SESSION_TTL_SECONDS = 24 * 60 * 60;

type ById = { Params: { id: string } };

const userKey = (id: string) => `user:${id}`;
const sessionKey = (token: string) => `session:${token}`;

const createUser = async (context: ServiceContext, user: NewUser): Promise<User> => {
  const created = await context.transaction(async (tx) => {
    const inserted = await insertUser(tx, user);
    if (context.faults.current.lose_writes) await deleteUser(tx, inserted.id);
    await context.publish(tx, userCreated(inserted));
    return inserted;
  });
  await context.cache.set(userKey(created.id), created, USER_TTL_SECONDS);
  return created;
};

const readUser = async ({ cache, database }: ServiceContext, id: string, fresh: boolean): Promise<User | undefined> => {
  const cached = fresh ? undefined : await cache.get(userKey(id));
  if (cached !== undefined) return cached as User;
  const user = await findUser(database, id);
  if (user === undefined) await cache.drop(userKey(id));
  else await cache.set(userKey(id), user, USER_TTL_SECONDS);
  return user;
};

export const userService: Service = {
  name: 'user-service',
  port: 5001,
  schema: 'user_service',
  tables: USER_TABLES,
  publishes: ['user.created', 'user.login'],
  wire(context) {
    const { database, cache, transaction, publish, config } = context;
    const tests = testDatabases(config);

    /** The database this request asks for, if it asks for another than ours. */
    const testDatabaseOf = ({ headers }: FastifyRequest) => {
      const dsn = headers['x-test-db'];
      return dsn === undefined ? undefined : tests.open(String(dsn));
    };

    const routes = (api: FastifyInstance) => {
      api.post('/users', async (request, reply) => {
        const testDatabase = testDatabaseOf(request);
        const user = check(newUserSchema, request.body);
        return reply
          .status(201)
          .send(await (testDatabase ? insertUser(testDatabase, user) : createUser(context, user)));
      });

      api.get('/users', async (request) => ({ users: await latestUsers(testDatabaseOf(request) ?? database) }));

      api.get<ById>('/users/:id', async (request) => {
        const { id } = request.params;
        const testDatabase = testDatabaseOf(request);
        const user = await (testDatabase ? findUser(testDatabase, id) : readUser(context, id, wantsFresh(request)));
        if (user === undefined) throw new HttpError(404, `user ${id} not found`);
        return user;
      });

      api.post('/auth/login', async (request) => {
        const testDatabase = testDatabaseOf(request);
        const { email } = check(loginSchema, request.body);
        const user = await findUserByEmail(testDatabase ?? database, email);
        if (user === undefined) throw new HttpError(401, `no user has the email ${email}`);
        const token = randomUUID();
        await cache.set(sessionKey(token), { user_id: user.id }, SESSION_TTL_SECONDS);
        if (testDatabase === undefined) await transaction((tx) => publish(tx, userLoggedIn(user)));
        return { token, user };
      });

      api.get('/auth/verify', async ({ headers }) => {
        if (headers.authorization === undefined) throw new HttpError(401, 'the Authorization header is missing');
        const session = await cache.get(sessionKey(headers.authorization.replace(/^Bearer /, '')));
        return session === undefined ? { valid: false } : { valid: true, ...session };
      });
    };

    return { routes, close: tests.close };
  },
};
