import { afterEach, beforeEach, expect, test } from '@jest/globals';
import * as z from 'zod';
import { unknownAgent } from '../agents/agent-authentication.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import { agentRoute, type Route } from './route.ts';

const told: Route = agentRoute({
  ...{ method: 'POST', path: '/api/v1/agent/told', operationId: 'told', summary: 'Takes a word', tags: ['Test'] },
  body: z.strictObject({ word: z.string() }),
  ...{ requestsPerMinute: 6, requestsPerAgent: 2, mostBytes: 100 },
  responses: { 204: 'nothing' },
  handle: async () => ({ status: 204 }),
});

let api: TestApi;
beforeEach(async () => {
  api = await startApi({
    routes: [told],
    agentOf: async ({ authorization: name = '' }) => {
      if (name === 'stranger') throw unknownAgent('not known');
      return { agentId: name, name, workspace: 'acme', pools: [], executor: `agent:${name}/1` };
    },
  });
});
afterEach(() => api.app.close());

const send = (authorization: string, word = 'hello') =>
  api.app.inject({ method: 'POST', url: '/api/v1/agent/told', headers: { authorization }, payload: { word } });
const statuses = async (...names: readonly string[]): Promise<readonly number[]> => {
  const found: number[] = [];
  for (const name of names) found.push((await send(name)).statusCode);
  return found;
};

test('an agent that asks too often is told to wait, and another one behind the same address goes on', async () => {
  expect(await statuses('berlin', 'berlin')).toEqual([204, 204]);
  const response = await send('berlin');
  expect(response).toMatchObject({ statusCode: 429, headers: { 'retry-after': '60' } });
  expect(response.json().detail).toContain('the agent berlin has sent its requests of the minute');
  expect(await statuses('paris')).toEqual([204]);
});

test('who is not known is counted by address: tokens cannot be guessed without end', async () => {
  expect(await statuses(...Array(7).fill('stranger'))).toEqual([...Array(6).fill(401), 429]);
});

test('a body larger than the route takes is refused', async () => {
  expect((await send('berlin', 'x'.repeat(200))).statusCode).toBe(413);
});
