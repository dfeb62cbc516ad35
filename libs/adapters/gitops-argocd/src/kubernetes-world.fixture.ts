// A provider over the cluster that tests share, and an Argo CD that a test moves by hand.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import { namespaceRef } from '@testmesh/kubernetes';
import type { EnvironmentTarget } from '@testmesh/ports';
import { systemClock } from '@testmesh/runtime';
import { ArgoCdController } from '@testmesh/testing/argocd';
import { ArgoCdOnKubernetes, type ArgoCdOnKubernetesSettings } from './argocd-on-kubernetes.ts';

export const { signal } = new AbortController();

export const until = async <Result>(ask: () => Promise<Result>, isIt: (result: Result) => boolean): Promise<Result> => {
  for (const end = Date.now() + 45_000; ; ) {
    const result = await ask();
    if (isIt(result)) return result;
    if (Date.now() > end) throw new Error(`it did not come to that; the last was ${JSON.stringify(result)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

export const nameOf = ({ spec }: EnvironmentTarget): string => spec.applicationName ?? '';

export const kubernetesWorld = (kubeconfig: string) => {
  const own = randomUUID().slice(0, 8);
  const spaces: string[] = [];
  const faults: unknown[] = [];
  /** Namespaces that watches told of. */
  const told: string[] = [];
  const providers: ArgoCdOnKubernetes[] = [];
  let controller: ArgoCdController | undefined;
  const argo = (): ArgoCdController => {
    if (controller === undefined) throw new Error('it is started before the first test');
    return controller;
  };
  const provider = (settings: Partial<ArgoCdOnKubernetesSettings> = {}): ArgoCdOnKubernetes => {
    const { namespace } = argo();
    const made = new ArgoCdOnKubernetes(
      { cluster: { kubeconfig }, namespace, ...settings },
      { clock: systemClock, onFault: (fault) => faults.push(fault), onChange: (space) => told.push(space) },
    );
    providers.push(made);
    return made;
  };
  beforeAll(async () => {
    controller = await ArgoCdController.start(kubeconfig, `argocd-${own}`);
  });
  afterAll(async () => {
    await Promise.all(providers.map((made) => made.close()));
    for (const name of spaces) {
      const left = await argo().api.get(namespaceRef(name), signal);
      await argo().api.remove(namespaceRef(name), left?.metadata?.uid ?? '', signal);
    }
    await controller?.close();
  });
  const target = (settings: EnvironmentTarget['spec']['settings'] = {}): EnvironmentTarget => {
    const namespace = `review-${own}-${spaces.length}`;
    spaces.push(namespace);
    const spec = {
      ...{ name: 'PR', context: namespace, cluster: 'default', provider: 'argocd', settings, namespace },
      ...{ applicationName: `app-${namespace}`, ttlMinutes: 60, readyWithinMinutes: 15 },
      ...{ services: [], routingPolicy: {} },
    };
    return { id: randomUUID(), workspace: 'acme', spec, resources: [] };
  };
  const namespace = ({ spec }: EnvironmentTarget) => argo().api.get(namespaceRef(spec.namespace), signal);
  return { argo, provider, target, namespace, faults, told };
};
