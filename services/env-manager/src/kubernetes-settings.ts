import type { FluxProviderSettings } from '@testmesh/gitops-flux';
import type { KubernetesProviderSettings } from '@testmesh/gitops-kubernetes';
import type { KubernetesSettings } from '@testmesh/kubernetes';
import { clusterOf, listOf, templatesFor } from './variables.ts';

interface InCluster {
  readonly cluster: KubernetesSettings;
}

export type FluxWay = Omit<FluxProviderSettings, 'api'> & InCluster;
export type KubernetesWay = Omit<KubernetesProviderSettings, 'api'> & InCluster;

export const fluxOf = (environment: NodeJS.ProcessEnv): FluxWay | undefined => {
  const namespace = environment['FLUX_NAMESPACE'] || undefined;
  return namespace === undefined ? undefined : { cluster: clusterOf(environment), namespace };
};

/** What an environment may hold where its operator says nothing. */
const QUOTA = 'pods=50,services.loadbalancers=0,services.nodeports=0';

export const kubernetesOf = (environment: NodeJS.ProcessEnv): KubernetesWay | undefined => {
  const isOn = environment['TESTMESH_KUBERNETES_DEPLOY'] || undefined;
  if (isOn === undefined || isOn === 'false') return undefined;
  if (isOn !== 'true') throw new Error(`TESTMESH_KUBERNETES_DEPLOY=${isOn} is neither true nor false`);
  const helm = environment['TESTMESH_HELM'] || undefined;
  return {
    cluster: clusterOf(environment),
    templates: templatesFor(environment, 'TESTMESH_KUBERNETES_DEPLOY'),
    quota: amountsOf(environment, 'TESTMESH_KUBERNETES_QUOTA', QUOTA),
    containerLimits: amountsOf(environment, 'TESTMESH_KUBERNETES_LIMITS', ''),
    reachableFrom: listOf(environment['TESTMESH_KUBERNETES_REACHABLE_FROM'] || 'testmesh'),
    ...(helm !== undefined && { helm }),
  };
};

/** `pods=50,requests.cpu=8` */
const amountsOf = (environment: NodeJS.ProcessEnv, name: string, byDefault: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    listOf(environment[name] || byDefault).map((entry) => {
      const [, what = '', amount = ''] = /^([a-z][a-z0-9./-]*)=(\d\S*)$/.exec(entry) ?? [];
      if (what === '') throw new Error(`${name}: "${entry}" is not written as pods=50`);
      return [what, amount];
    }),
  );
