import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { agentRoutes } from '../agents/agent-routes.ts';
import { configurationRoutes } from '../configuration/configuration-routes.ts';
import { allRoutes } from '../create-api.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import type { Route } from './route.ts';

// What every route has to keep to, read from the table: a new route is held to it on the day it appears.

let api: TestApi;
let routes: readonly Route[];
beforeAll(async () => {
  api = await startApi();
  const parts = { idempotency: api.deps.idempotency, clock: api.deps.clock };
  routes = [
    ...allRoutes(api.deps),
    ...configurationRoutes(parts as Parameters<typeof configurationRoutes>[0]),
    ...agentRoutes(parts as Parameters<typeof agentRoutes>[0]),
  ];
});
afterAll(() => api.app.close());

const WEBHOOKS = ['github', 'gitlab', 'gitea'].map((host) => `POST /api/v1/webhooks/${host}`);
const shown = ({ method, path }: Route): string => `${method} ${path}`;
const takes = (route: Route, header: string): boolean => route.headers?.some(({ name }) => name === header) ?? false;

test('what makes something can be sent twice with an Idempotency-Key', () => {
  const making = routes.filter(
    ({ method, area, responses }) => method === 'POST' && area === 'workspace' && (responses[201] ?? responses[202]),
  );
  // Cancelling a run twice is cancelling it.
  const repeatable = ['POST /executions/:id/cancel'];
  expect(making.filter((route) => !takes(route, 'Idempotency-Key')).map(shown)).toEqual(repeatable);
  expect(making.length).toBeGreaterThan(10);
});

test('what changes or deletes something with versions asks which version was seen', () => {
  const changing = routes.filter(({ method }) => ['PUT', 'PATCH', 'DELETE'].includes(method));
  // These have no versions: they go one way, and twice is once.
  const oneWay = [
    'DELETE /api-keys/:id',
    'PATCH /notifications/read-all',
    'PATCH /notifications/:id/read',
    'DELETE /notifications/:id',
    'DELETE /api/v1/session',
    'DELETE /invitations/:id',
    'DELETE /test-environments/:id',
    'DELETE /agents/:id',
    'PUT /api/v1/agent/runs/:run_id/inputs',
    'DELETE /api/v1/agent/runs/:run_id/environment',
  ];
  const unconditional = changing.filter((route) => !takes(route, 'If-Match')).map(shown);
  expect(unconditional.filter((route) => !oneWay.includes(route))).toEqual([]);
  expect(changing.length - unconditional.length).toBeGreaterThan(10);
});

test('a route takes no key that it does not name', () => {
  const open = routes.filter(({ body }) => body?.safeParse({ surprising_key: 1 }).success);
  // A GraphQL request may carry what only its client knows, a webhook whatever its host says beside.
  expect(open.map(shown)).toEqual(['POST /graphql', ...WEBHOOKS]);
});

test('what takes a password or a token is slowed down', () => {
  const guessed = routes.filter(({ area, body }) => (area === 'public' || area === 'person') && body !== undefined);
  // One address of a host tells of every push; a secret of sixteen characters is not found in 300 guesses a minute.
  const fast = guessed.filter(({ requestsPerMinute = Infinity }) => requestsPerMinute > 60);
  expect(fast.map(shown)).toEqual(WEBHOOKS);
  expect(fast.filter(({ requestsPerMinute = Infinity }) => requestsPerMinute > 300)).toEqual([]);
  expect(guessed.length).toBeGreaterThan(2);
});

test('every list is answered in pages that are bounded', () => {
  const unbounded = routes.filter(({ query }) => query?.safeParse({ limit: '1000000' }).success);
  expect(unbounded.map(shown)).toEqual([]);
});
