import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { describeWith } from '../testing/real.ts';
import { type Infra, startInfra } from './infra.ts';
import { allGone, isRunning, parentOf, startParent } from './watching.fixture.ts';

const limitMs = 180_000;

const namespacesOf = (kubeconfig: string): CoreV1Api => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config.makeApiClient(CoreV1Api);
};

const withGiven = async (kubeconfig: string): Promise<Infra> => {
  process.env['TESTMESH_INFRA_KUBECONFIG'] = kubeconfig;
  try {
    const infra = await startInfra({ need: ['kubernetes'] });
    await infra.stop();
    return infra;
  } finally {
    delete process.env['TESTMESH_INFRA_KUBECONFIG'];
  }
};

describeWith('kubernetes', 'a Kubernetes API of our own', (shared) => {
  test(
    'goes when the process that asked for it is killed, and when its supervisor is',
    async () => {
      const first = await startParent('kubernetes');
      const pid = first.infra.kubernetes?.pid ?? 0;
      const supervisor = parentOf(pid);
      expect(isRunning(pid)).toBe(true);
      first.process.kill('SIGKILL');
      expect(await allGone([pid, supervisor])).toBe(true);

      const second = await startParent('kubernetes');
      const orphan = second.infra.kubernetes?.pid ?? 0;
      process.kill(parentOf(orphan), 'SIGKILL');
      expect(await allGone([orphan])).toBe(true); // by itself: nobody was there to end it
      second.process.kill('SIGKILL');
    },
    limitMs,
  );

  test(
    'that was killed starts again where it was, with its keys and data',
    async () => {
      const infra = await startInfra({ need: ['kubernetes'], ownOnly: true });
      try {
        const { kubeconfig, pid } = infra.kubernetes ?? { kubeconfig: '', pid: 0 };
        const api = namespacesOf(kubeconfig);
        const made = await api.createNamespace({ body: { metadata: { name: 'kept' } } });
        process.kill(pid ?? 0, 'SIGKILL');
        expect(await infra.restart('kubernetes')).not.toBe(pid);
        expect((await api.readNamespace({ name: 'kept' })).metadata?.uid).toBe(made.metadata?.uid);
      } finally {
        await infra.stop();
      }
    },
    limitMs,
  );

  test(
    'that is given is used as it is, and one that does not answer is not passed over',
    async () => {
      expect((await withGiven(shared)).kubernetes).toEqual({ kubeconfig: shared });
      const folder = await mkdtemp(path.join(os.tmpdir(), 'testmesh-kube-'));
      const nowhere = path.join(folder, 'kubeconfig');
      await writeFile(nowhere, (await readFile(shared, 'utf8')).replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1'));
      const { unavailable } = await withGiven(nowhere);
      await rm(folder, { recursive: true });
      expect(unavailable).toMatchObject([
        { name: 'kubernetes', howToGet: 'correct or unset TESTMESH_INFRA_KUBECONFIG' },
      ]);
    },
    limitMs,
  );

  test(
    'gives a namespace its quota, and says what is used of it',
    async () => {
      const api = namespacesOf(shared);
      const name = `quota-${crypto.randomUUID().slice(0, 8)}`;
      await api.createNamespace({ body: { metadata: { name } } });
      try {
        const body = { metadata: { name: 'few' }, spec: { hard: { configmaps: '3' } } };
        await api.createNamespacedResourceQuota({ namespace: name, body });
        const used = async () =>
          (await api.readNamespacedResourceQuota({ namespace: name, name: 'few' })).status?.used?.['configmaps'];
        while ((await used()) !== '1') await new Promise((resolve) => setTimeout(resolve, 100)); // kube-root-ca.crt
        const make = (suffix: string) =>
          api.createNamespacedConfigMap({ namespace: name, body: { metadata: { name: `map-${suffix}` } } });
        await make('a');
        await make('b');
        await expect(make('c')).rejects.toThrow('exceeded quota');
      } finally {
        await api.deleteNamespace({ name });
      }
    },
    limitMs,
  );
});
