import { expect, test } from '@jest/globals';
import type { IdempotencyClaim } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import * as z from 'zod';
import { workspaceRoute } from '../http/route.ts';
import { doneOnce } from './once.ts';

const claims = () => {
  const kept = new Map<string, IdempotencyClaim>();
  return {
    claim: async (claim: IdempotencyClaim) => {
      if (!kept.has(claim.key)) kept.set(claim.key, claim);
      return kept.get(claim.key) ?? claim;
    },
    release: async ({ key }: Pick<IdempotencyClaim, 'key'>) => void kept.delete(key),
  };
};

/** How often something is made by two requests with one key, the first of which is answered with this. */
const madeAfter = async (first: Error): Promise<readonly [made: number, second: unknown]> => {
  let made = 0;
  const route = workspaceRoute({
    method: 'POST',
    path: '/things',
    operationId: 'makeThing',
    summary: 'x',
    tags: [],
    permission: 'flows:run',
    responses: { 201: z.object({}) },
    handle: async () => {
      made += 1;
      if (made === 1) throw first;
      return { status: 201, body: {} };
    },
  });
  const clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };
  const once = doneOnce(route, { idempotency: claims(), clock } as unknown as Parameters<typeof doneOnce>[1]);
  const request = { caller: { workspace: 'w', actor: 'a' }, headers: { 'idempotency-key': 'k' }, params: {}, body: {} };
  const ask = () => Promise.resolve(once.handle(request as never)).catch((error: unknown) => error);
  expect(await ask()).toBe(first);
  const second = await ask();
  return [made, second];
};

test('what was refused may be sent again with its key', async () => {
  expect(await madeAfter(new Problem('cannot-be-done', 'no'))).toEqual([2, { status: 201, body: {} }]);
});

test.each([
  Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  new Problem('unavailable', 'there was no answer within 30 s; ask again'),
  new Problem('internal', 'the server failed'),
])('what may have been done before $message is not done again', async (error) => {
  const [made, second] = await madeAfter(error);
  expect(made).toBe(1);
  expect(second).toMatchObject({ code: 'conflict', message: expect.stringContaining('look at what it made') });
});
