// Environments on the cluster that tests share, with templates of a test's own.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from '@jest/globals';
import { KubernetesApi, namespaceRef } from '@testmesh/kubernetes';
import type { EnvironmentTarget, Observation } from '@testmesh/ports';
import { systemClock } from '@testmesh/runtime';
import { ClusterWatches, type KubernetesProviderSettings, kubernetesProvider } from './index.ts';

export const EXAMPLES = fileURLToPath(new URL('../../../../examples/templates', import.meta.url));

export const signal = new AbortController().signal;

const pods = (annotation: string) => `
  selector: { matchLabels: { app: orders } }
  template:
    metadata: { labels: { app: orders }, annotations: { ${annotation} } }
    spec: { containers: [{ name: app, image: "orders:\${TAG:-latest}" }] }`;
export const deployment = (rest: string, annotation = 'note: none') =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: orders }\nspec:${pods(annotation)}${rest}\n`;
export const job = (exitCode: number) => ({
  ...{ apiVersion: 'batch/v1', kind: 'Job' },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { annotations: { 'kube-api.testmesh.dev/exit-code': String(exitCode) } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'x' }] },
    },
  },
});

const environment = (settings: object = { template: 'shop' }): EnvironmentTarget => {
  const id = randomUUID();
  const namespace = `review-${id.slice(0, 8)}`;
  const spec = {
    ...{ name: 'PR', context: 'pr', cluster: 'default', provider: 'kubernetes', namespace },
    ...{ ttlMinutes: 60, readyWithinMinutes: 15, services: [], routingPolicy: {} },
    settings: settings as EnvironmentTarget['spec']['settings'],
  };
  return { id, workspace: 'acme', spec, resources: [] };
};

export const nameOf = ({ spec }: EnvironmentTarget): string => spec.namespace;
export const ref = (one: EnvironmentTarget, apiVersion: string, kind: string, name: string) => ({
  ...{ apiVersion, kind, name, namespace: nameOf(one) },
});
export const orders = (one: EnvironmentTarget) => ref(one, 'apps/v1', 'Deployment', 'orders');
export const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

export const kubernetesWorld = (kubeconfig: string) => {
  let templates = '';
  let opened: KubernetesApi | undefined;
  let watching: ClusterWatches | undefined;
  const faults: unknown[] = [];
  /** Namespaces that watches told of. */
  const told: string[] = [];
  const api = (): KubernetesApi => {
    if (opened === undefined) throw new Error('it is opened before the first test');
    return opened;
  };
  const made: EnvironmentTarget[] = [];

  beforeAll(async () => {
    opened = new KubernetesApi({ kubeconfig });
    templates = await mkdtemp(join(tmpdir(), 'kubernetes-templates-'));
    await template('shop', deployment('', 'kube-api.testmesh.dev/stays: Pending'));
  });
  afterAll(async () => {
    for (const one of made) {
      const found = await namespaceOf(one);
      if (found !== undefined) await api().remove(namespaceRef(nameOf(one)), found.metadata?.uid ?? '', signal);
    }
    await watching?.close();
    api().close();
    await rm(templates, { recursive: true });
  });

  const template = (name: string, text: string) => writeFile(join(templates, `${name}.yaml`), text);
  const provider = (settings: Partial<KubernetesProviderSettings> = {}) =>
    kubernetesProvider({
      ...{ api: api(), templates, quota: { pods: '10' }, containerLimits: {}, reachableFrom: ['testmesh'] },
      ...settings,
    });
  const watches = (): ClusterWatches => {
    const onChange = (namespace: string) => told.push(namespace);
    watching ??= new ClusterWatches({
      ...{ api: api(), clock: systemClock, onChange },
      onFault: (fault) => faults.push(fault),
    });
    return watching;
  };
  const target = (settings?: object): EnvironmentTarget => {
    const one = environment(settings);
    made.push(one);
    return one;
  };
  const namespaceOf = (one: EnvironmentTarget) => api().get(namespaceRef(nameOf(one)), signal);
  const remove = async (one: EnvironmentTarget) => {
    const uid = (await namespaceOf(one))?.metadata?.uid ?? '';
    await api().remove(namespaceRef(nameOf(one)), uid, signal);
    while ((await namespaceOf(one))?.metadata?.uid === uid) await pause();
  };
  const until = async (one: EnvironmentTarget, health: Observation['health'], by = provider()) => {
    for (;;) {
      const seen = await by.bring(one, signal);
      if (seen.health === health) return seen;
      if (seen.health !== 'progressing') throw new Error(`${seen.health}: ${'message' in seen ? seen.message : ''}`);
      await pause();
    }
  };

  return { api, folder: () => templates, template, provider, watches, told, target, namespaceOf, remove, until };
};
