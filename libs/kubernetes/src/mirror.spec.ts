import { expect, test } from '@jest/globals';
import { systemClock } from '@testmesh/runtime';
import type { KubernetesApi } from './kubernetes-api.ts';
import { Mirror } from './mirror.ts';
import type { KubernetesObject } from './objects.ts';

const named = (name: string, uid: string, resourceVersion: string): KubernetesObject => ({
  metadata: { name, uid, resourceVersion },
});

/** A cluster whose watch listens and tells nothing; what is listed and what is there are not the same any more. */
const late = (listed: readonly KubernetesObject[], present: KubernetesObject | undefined) => {
  const asked: string[] = [];
  const api = {
    list: async () => ({ items: listed, resourceVersion: '5' }),
    watch: async (_selection: unknown, _version: string, signal: AbortSignal) =>
      (async function* () {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      })(),
    get: async ({ name }: { readonly name: string }) => {
      asked.push(name);
      return present;
    },
  } as unknown as Pick<KubernetesApi, 'get' | 'list' | 'watch'>;
  const selection = { apiVersion: 'v1', kind: 'Namespace' };
  const mirror = new Mirror({ api, selection, clock: systemClock, onFault: () => undefined });
  return { mirror, asked };
};

const { signal } = new AbortController();

const live = async ({ mirror, asked }: ReturnType<typeof late>): Promise<void> => {
  await mirror.read('x', undefined, signal);
  while (!mirror.isLive) await new Promise((resolve) => setImmediate(resolve));
  asked.length = 0;
};

test('M2: what is known by its uid is not called lost because a watch is late', async () => {
  const world = late([], named('review', 'u1', '7'));
  await live(world);
  expect(await world.mirror.read('review', 'u1', signal)).toMatchObject({ metadata: { uid: 'u1' } });
  expect(world.asked).toEqual(['review']);
  expect(await world.mirror.read('review', undefined, signal)).toBeUndefined();
  await world.mirror.close();
});

test('M2: nor because it still shows the one that had its name before', async () => {
  const world = late([named('review', 'u0', '3')], named('review', 'u1', '7'));
  await live(world);
  expect(await world.mirror.read('review', 'u1', signal)).toMatchObject({ metadata: { uid: 'u1' } });
  expect(await world.mirror.read('review', 'u0', signal)).toMatchObject({ metadata: { uid: 'u0' } });
  expect(world.asked).toEqual(['review']);
  await world.mirror.close();
});

test('M5: what was written is read at once, and nothing older takes its place', async () => {
  const world = late([named('review', 'u1', '3')], undefined);
  await live(world);
  world.mirror.remember(named('review', 'u1', '10'));
  world.mirror.remember(named('review', 'u1', '9'));
  expect(await world.mirror.read('review', 'u1', signal)).toMatchObject({ metadata: { resourceVersion: '10' } });
  await world.mirror.close();
});
