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

test('M1: nothing is believed between a watch that ended and the next one that listens', async () => {
  let end = (): void => undefined;
  const asked: string[] = [];
  let watches = 0;
  const api = {
    list: async () => ({ items: [named('review', 'u1', '3')], resourceVersion: '5' }),
    watch: async (_selection: unknown, _version: string, signal: AbortSignal) => {
      watches += 1;
      // The second one is never answered.
      if (watches > 1)
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      return (async function* () {
        await new Promise<void>((resolve) => {
          end = resolve;
        });
      })();
    },
    get: async ({ name }: { readonly name: string }) => {
      asked.push(name);
      return undefined;
    },
  } as unknown as Pick<KubernetesApi, 'get' | 'list' | 'watch'>;
  const selection = { apiVersion: 'v1', kind: 'Namespace' };
  const mirror = new Mirror({ api, selection, clock: systemClock, onFault: () => undefined });
  await live({ mirror, asked });
  expect(await mirror.read('review', 'u1', signal)).toMatchObject({ metadata: { uid: 'u1' } });
  end();
  while (watches < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(await mirror.read('review', 'u1', signal)).toBeUndefined();
  expect(asked).toEqual(['review']);
  await mirror.close();
});

test('what may be gone by now is corrected where it is shown, and does not come back where it is not', async () => {
  const world = late([named('review', 'u1', '3')], undefined);
  await live(world);
  world.mirror.correct(named('review', 'u1', '10'));
  world.mirror.correct(named('gone', 'u2', '10'));
  expect(await world.mirror.read('review', 'u1', signal)).toMatchObject({ metadata: { resourceVersion: '10' } });
  expect(await world.mirror.read('gone', undefined, signal)).toBeUndefined();
  await world.mirror.close();
});
