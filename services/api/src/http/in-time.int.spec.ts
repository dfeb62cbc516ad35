import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { DEFAULT_WORKSPACE } from '../ports.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import { type Route, workspaceRoute } from './route.ts';

const never = new Promise<never>(() => undefined);
const aborted: unknown[] = [];

/** Waits for something that does not come. */
const stuck: Route = workspaceRoute({
  method: 'GET',
  path: '/stuck',
  operationId: 'stuck',
  summary: 'Never answers',
  tags: ['Test'],
  permission: 'runs:view',
  responses: { 200: z.object({}) },
  handle: ({ signal }) => {
    signal.addEventListener('abort', () => aborted.push(signal.reason));
    return never;
  },
});

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ routes: [stuck], answerMs: 300 });
});
afterAll(() => api.app.close());

const later = {
  statusCode: 503,
  headers: { 'retry-after': '2', 'content-type': expect.stringContaining('application/problem+json') },
};

test('a route that never answers is answered 503 in time, and told that nobody waits any more', async () => {
  const headers = { 'x-api-key': api.access.addKey(DEFAULT_WORKSPACE) };
  const response = await api.app.inject({ url: '/api/v1/stuck', headers });
  expect(response).toMatchObject(later);
  expect(response.json()).toMatchObject({ code: 'unavailable', detail: expect.stringContaining('ask again') });
  expect(aborted).toMatchObject([{ code: 'unavailable' }]);
});

test('so is a request of which nobody can say who asks', async () => {
  const silent = await startApi({ access: { ...api.access, keysByPrefix: () => never }, answerMs: 300 });
  const headers = { 'x-api-key': api.access.addKey(DEFAULT_WORKSPACE) };
  expect(await silent.app.inject({ url: '/api/v1/executions', headers })).toMatchObject(later);
  await silent.app.close();
});

test('a failure that may be over in a moment is 503 and told to the log, any other one 500', async () => {
  const failing = async (error: Error) => {
    const failures: Error[] = [];
    const one = await startApi({
      access: { ...api.access, keysByPrefix: () => Promise.reject(error) },
      isPassing: ({ message }: Error) => message === 'passing',
      onFailure: (failure) => failures.push(failure),
    } as Parameters<typeof startApi>[0]);
    const headers = { 'x-api-key': api.access.addKey(DEFAULT_WORKSPACE) };
    const { statusCode } = await one.app.inject({ url: '/api/v1/executions', headers });
    await one.app.close();
    return [statusCode, failures];
  };
  const [passing, lasting] = [new Error('passing'), new Error('lasting')];
  expect(await failing(passing)).toEqual([503, [passing]]);
  expect(await failing(lasting)).toEqual([500, [lasting]]);
});
