import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { KubernetesApi, namespaceRef } from '@testmesh/kubernetes';
import { ArgoCdController } from '@testmesh/testing/argocd';
import { type FaultProxy, startFaultProxy } from '@testmesh/testing/fault-proxy';
import { startCluster } from '../tools/cluster/cluster.ts';
import type { Cluster } from '../tools/cluster/vocabulary.ts';
import { describeWith } from '../tools/testing/real.ts';

// Test environments from the API to a real Kubernetes and back: processes that are killed between what they wrote and what they do.

// Whole processes on a busy machine.
jest.setTimeout(240_000);

const own = `e2e-${Date.now().toString(36)}`;
const { signal } = new AbortController();

const TEMPLATE = `apiVersion: argoproj.io/v1alpha1
kind: Application
spec:
  project: default
  source: { repoURL: https://git.example.com/shop.git, path: deploy, targetRevision: "\${TESTMESH_CONTEXT}" }
  destination: { server: https://kubernetes.default.svc }
  syncPolicy: { automated: {}, syncOptions: [CreateNamespace=true] }
`;

interface Environment {
  readonly id: string;
  readonly state: string;
  readonly destroying: boolean;
  readonly error: string | null;
}

describeWith('kubernetes', 'test environments on Kubernetes', (kubeconfig) => {
  let folder: string;
  let way: FaultProxy;
  let argo: ArgoCdController;
  let api: KubernetesApi;
  let cluster: Cluster;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'testmesh-e2e-'));
    const text = await readFile(kubeconfig, 'utf8');
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
    way = await startFaultProxy({ port });
    await writeFile(join(folder, 'kubeconfig'), text.replace(`127.0.0.1:${port}`, `127.0.0.1:${way.port}`));
    await writeFile(join(folder, 'shop.yaml'), TEMPLATE);
    api = new KubernetesApi({ kubeconfig });
    argo = await ArgoCdController.start(kubeconfig, `argocd-${own}`);
    cluster = await startCluster({
      copies: { executor: 0, scheduler: 0, graph: 0, 'env-manager': 2 },
      with: [],
      bundled: true,
      env: {
        ...{ ARGOCD_NAMESPACE: argo.namespace, TESTMESH_KUBECONFIG: join(folder, 'kubeconfig') },
        ...{ TESTMESH_NAMESPACES: 'review-*', TESTMESH_APPLICATIONS: 'app-*', TESTMESH_TEMPLATES: folder },
        // What a manager that is killed had in hand is taken up after twice that.
        TESTMESH_PROVIDER_CALL_MS: '3000',
      },
    });
  }, 240_000);
  afterAll(async () => {
    await cluster?.stop();
    await argo?.close();
    await way?.close();
    api?.close();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const ask = async (path: string, method = 'GET', body?: unknown): Promise<Environment> => {
    const response = await fetch(`${cluster.urls()[0]}/api/v1/test-environments${path}`, {
      method,
      headers: {
        authorization: `Bearer ${cluster.key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? ({} as Environment) : ((await response.json()) as Environment);
  };
  const nameOf = (number: number) => `${own}-${number}`;
  const create = async (number: number): Promise<string> => {
    const name = nameOf(number);
    const made = await ask('', 'POST', {
      ...{ name, context: name, provider: 'argocd', provider_app_name: `app-${name}`, namespace: `review-${name}` },
      settings: { create: true, template: 'shop' },
    });
    return made.id;
  };
  const until = async <Result>(look: () => Promise<Result>, isIt: (result: Result) => boolean): Promise<Result> => {
    for (const end = Date.now() + 120_000; ; ) {
      const result = await look();
      if (isIt(result)) return result;
      if (Date.now() > end) throw new Error(`it did not come to that: ${JSON.stringify(result)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const comesTo = (id: string, isIt: (environment: Environment) => boolean) => until(() => ask(`/${id}`), isIt);
  const namespace = (number: number) => api.get(namespaceRef(`review-${nameOf(number)}`), signal);
  const application = (number: number) => argo.get(`app-${nameOf(number)}`);
  const left = async (number: number) => [await application(number), await namespace(number)];
  const killManagers = async () => {
    await Promise.all(cluster.members('env-manager').map((member) => member.kill('SIGKILL')));
  };

  test('two env-managers share what is to be done, one alone does the rest, and nothing is left in the end', async () => {
    const numbers = [1, 2, 3, 4, 5, 6];
    await Promise.all(
      numbers.map((number) => argo.finds(`app-${nameOf(number)}`, { health: { status: 'Progressing' } })),
    );
    const ids = await Promise.all(numbers.map(create));
    await until(
      () => Promise.all(numbers.map(application)),
      (all) => !all.includes(undefined),
    );
    const made = await Promise.all(numbers.map(application));
    const [first] = cluster.members('env-manager');
    await first?.kill('SIGKILL');
    await Promise.all(numbers.map((number) => argo.heal(`app-${nameOf(number)}`)));
    for (const id of ids) await comesTo(id, ({ state }) => state === 'warm');
    // Made once each: whoever took over found what the other had made.
    expect((await Promise.all(numbers.map(application))).map((app) => app?.metadata?.uid)).toEqual(
      made.map((app) => app?.metadata?.uid),
    );
    await cluster.start('env-manager');
    await Promise.all(ids.map((id) => ask(`/${id}`, 'DELETE')));
    for (const id of ids) await comesTo(id, ({ state }) => state === 'destroyed');
    for (const number of numbers) expect(await left(number)).toEqual([undefined, undefined]);
  });

  test('killed between what is written and what is done: the next one makes it, and takes it away, all the same', async () => {
    way.blackHole();
    way.cut();
    const id = await create(7);
    await comesTo(id, ({ state }) => state === 'provisioning');
    await killManagers();
    way.heal();
    expect(await left(7)).toEqual([undefined, undefined]); // written, not done
    await cluster.start('env-manager');
    await until(
      () => application(7),
      (made) => made !== undefined,
    );
    await argo.heal(`app-${nameOf(7)}`);
    await comesTo(id, ({ state }) => state === 'warm');

    await killManagers();
    await ask(`/${id}`, 'DELETE');
    await comesTo(id, ({ destroying }) => destroying);
    way.blackHole();
    way.cut();
    const doomed = await cluster.start('env-manager');
    await new Promise((resolve) => setTimeout(resolve, 500)); // it has the work in hand and reaches nothing
    await doomed.kill('SIGKILL');
    way.heal();
    expect(await left(7)).not.toContain(undefined);
    await cluster.start('env-manager');
    await comesTo(id, ({ state }) => state === 'destroyed');
    expect(await left(7)).toEqual([undefined, undefined]);
  });
});
