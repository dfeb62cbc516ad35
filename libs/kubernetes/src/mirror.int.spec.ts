import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, jest, test } from '@jest/globals';
import { systemClock } from '@testmesh/runtime';
import { type FaultProxy, startFaultProxy } from '@testmesh/testing/fault-proxy';
import { startInfra } from '../../../tools/infra/infra.ts';
import { describeWith } from '../../../tools/testing/real.ts';
import { type ConfigMap, ownNamespace, signal, until } from './cluster.fixture.ts';
import { KubernetesSilence, WatchExpired } from './faults.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { Mirror } from './mirror.ts';

const limitMs = 180_000;
jest.setTimeout(60_000);

/** A way to the cluster that a test can close. */
const throughProxy = async (
  kubeconfig: string,
): Promise<{ readonly proxy: FaultProxy; readonly kubeconfig: string }> => {
  const text = await readFile(kubeconfig, 'utf8');
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
  const proxy = await startFaultProxy({ port });
  const file = join(await mkdtemp(join(tmpdir(), 'testmesh-mirror-')), 'kubeconfig');
  await writeFile(file, text.replace(`127.0.0.1:${port}`, `127.0.0.1:${proxy.port}`));
  return { proxy, kubeconfig: file };
};

describeWith('kubernetes', 'a mirror', (kubeconfig) => {
  const world = ownNamespace(kubeconfig);
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const opened = (api: KubernetesApi) => {
    const faults: unknown[] = [];
    const selection = { apiVersion: 'v1', kind: 'ConfigMap', namespace: world.name };
    const mirror = new Mirror<ConfigMap>({
      api,
      selection,
      clock: systemClock,
      onFault: (fault) => faults.push(fault),
    });
    ends.push(() => mirror.close());
    const inCopy = async (name: string) => (await mirror.read(name, undefined, signal))?.data?.['a'];
    const live = async () => {
      await mirror.read('', undefined, signal).catch(() => undefined);
      await until(
        async () => mirror.isLive,
        (isLive) => isLive,
      );
    };
    return { mirror, faults, inCopy, live };
  };

  test('shows what is there, what changes and what goes', async () => {
    const { inCopy, live, faults } = opened(world.api());
    await world.api().create(world.configMap('seen', { a: '1' }), signal);
    expect(await inCopy('seen')).toBe('1'); // asked for: nothing is watched yet
    await live();
    await world.api().patch(world.mapRef('seen'), { data: { a: '2' } }, signal);
    await until(
      () => inCopy('seen'),
      (value) => value === '2',
    );
    const uid = (await world.api().get(world.mapRef('seen'), signal))?.metadata?.uid ?? '';
    await world.api().remove(world.mapRef('seen'), uid, signal);
    await until(
      () => inCopy('seen'),
      (value) => value === undefined,
    );
    expect(faults).toEqual([]);
  });

  test(
    'goes on after watches that ended in silence, without a new list',
    async () => {
      const lists: unknown[] = [];
      const watches: unknown[] = [];
      class Counted extends KubernetesApi {
        override list: KubernetesApi['list'] = (...call) => {
          lists.push(call);
          return super.list(...call);
        };
        override watch: KubernetesApi['watch'] = (...call) => {
          watches.push(call);
          return super.watch(...call);
        };
      }
      const api = new Counted({ kubeconfig }, 3);
      ends.push(() => api.close());
      const { inCopy, live, faults } = opened(api);
      await live();
      // The server ends a watch after its three seconds.
      await until(
        async () => watches.length,
        (begun) => begun > 2,
      );
      await world.api().create(world.configMap('late', { a: 'late' }), signal);
      await until(
        () => inCopy('late'),
        (value) => value === 'late',
      );
      expect(lists).toHaveLength(1);
      expect(faults).toEqual([]);
    },
    limitMs,
  );

  test(
    'answers nothing from memory while the cluster cannot be reached, and is right again afterwards',
    async () => {
      const way = await throughProxy(kubeconfig);
      ends.push(
        () => rm(way.kubeconfig),
        () => way.proxy.close(),
      );
      const api = new KubernetesApi({ kubeconfig: way.kubeconfig });
      ends.push(() => api.close());
      const { mirror, inCopy, live, faults } = opened(api);
      await world.api().create(world.configMap('cut', { a: '1' }), signal);
      await live();
      way.proxy.blackHole();
      way.proxy.cut();
      await until(
        async () => mirror.isLive,
        (isLive) => !isLive,
      );
      await expect(inCopy('cut')).rejects.toBeInstanceOf(KubernetesSilence);
      await world.api().patch(world.mapRef('cut'), { data: { a: '2' } }, signal);
      way.proxy.heal();
      await until(
        async () => mirror.isLive,
        (isLive) => isLive,
      );
      await until(
        () => inCopy('cut'),
        (value) => value === '2',
      );
      expect(faults[0]).toBeInstanceOf(KubernetesSilence);
    },
    limitMs,
  );

  test(
    'lists anew what the cluster does not remember (410)',
    async () => {
      const infra = await startInfra({ need: ['kubernetes'], ownOnly: true });
      ends.push(() => infra.stop());
      const own = infra.kubernetes ?? { kubeconfig: '', pid: 0 };
      const api = new KubernetesApi({ kubeconfig: own.kubeconfig });
      ends.push(() => api.close());
      await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: world.name } }, signal);
      await api.create(world.configMap('doomed', { a: '1' }), signal);
      const { inCopy, live, faults } = opened(api);
      await live();
      // The versions go on while nothing is told to the watch of config maps, and a server that starts knows none of the past.
      for (let round = 0; round < 20; round++) {
        const name = `${world.name}-${round}`;
        await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, signal);
      }
      process.kill(own.pid ?? 0, 'SIGKILL');
      await infra.restart('kubernetes');
      await until(
        async () => faults.some((fault) => fault instanceof WatchExpired),
        (is) => is,
      );
      await api.create(world.configMap('after', { a: '2' }), signal);
      await until(
        () => inCopy('after').catch(() => undefined),
        (value) => value === '2',
      );
      expect(await inCopy('doomed')).toBe('1');
    },
    limitMs,
  );
});
