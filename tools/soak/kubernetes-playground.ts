import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterWatches, kubernetesProvider } from '@testmesh/gitops-kubernetes';
import { KubernetesApi, namespaceRef } from '@testmesh/kubernetes';
import { systemClock } from '@testmesh/runtime';
import type { Playground } from './playground.ts';

const TEMPLATE = `apiVersion: apps/v1
kind: Deployment
metadata: { name: orders }
spec:
  replicas: 1
  selector: { matchLabels: { app: orders } }
  template:
    metadata: { labels: { app: orders } }
    spec: { containers: [{ name: app, image: "orders:1" }] }
`;

/** A real Kubernetes API server: namespaces with a deployment each, which its controllers make and take away. */
export const kubernetesPlayground = async (
  kubeconfig: string,
  prefix: string,
  onFault: (fault: unknown) => void,
): Promise<Playground> => {
  const templates = await mkdtemp(join(tmpdir(), 'soak-templates-'));
  await writeFile(join(templates, 'soak.yaml'), TEMPLATE);
  const api = new KubernetesApi({ kubeconfig });
  const guards = { quota: { pods: '10' }, containerLimits: {}, reachableFrom: ['testmesh'] };
  const signal = new AbortController().signal;
  const remove = async (namespace: string): Promise<void> => {
    const uid = (await api.get(namespaceRef(namespace), signal))?.metadata?.uid;
    if (uid !== undefined) await api.remove(namespaceRef(namespace), uid, signal);
  };
  let tell = (_namespace: string): void => undefined;
  const watches = new ClusterWatches({ api, clock: systemClock, onFault, onChange: (namespace) => tell(namespace) });
  return {
    provider: kubernetesProvider({ api, watches, templates, ...guards }),
    settings: { template: 'soak' },
    namespaces: async () => {
      const { items } = await api.list({ apiVersion: 'v1', kind: 'Namespace' }, signal);
      return items.map(({ metadata }) => metadata?.name ?? '').filter((name) => name.startsWith(`${prefix}-`));
    },
    removeByHand: remove,
    follow: (told) => {
      tell = told;
    },
    close: async () => {
      await watches.close();
      api.close();
      await rm(templates, { recursive: true });
    },
  };
};
