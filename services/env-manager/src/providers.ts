// What deploys test environments here, by the name that environments ask for. A new provider is a line in this list.
import { ArgoCdOnKubernetes, argoCdProvider } from '@testmesh/gitops-argocd';
import { composeProvider } from '@testmesh/gitops-compose';
import { fluxProvider } from '@testmesh/gitops-flux';
import { kubernetesProvider } from '@testmesh/gitops-kubernetes';
import { KubernetesApi, type KubernetesSettings } from '@testmesh/kubernetes';
import type { Clock, GitOpsProvider } from '@testmesh/ports';
import type { OnFault } from '@testmesh/runtime';
import type { EnvManagerSettings } from './settings.ts';

export interface ProviderParts {
  readonly settings: EnvManagerSettings;
  readonly clock: Clock;
  readonly onFault: OnFault;
}

/** Some hold connections that are closed with the service. */
type Held = GitOpsProvider & { readonly close?: () => Promise<void> };

export interface Providers {
  readonly find: (name: string, cluster: string) => GitOpsProvider | undefined;
  readonly close: () => Promise<void>;
}

const makers: Readonly<Record<string, (parts: ProviderParts) => Held | undefined>> = {
  argocd: ({ settings: { argoCd }, clock, onFault }) => {
    if (argoCd === undefined) return undefined;
    if (argoCd.way === 'api') return argoCdProvider(argoCd.at);
    const told = (error: unknown): void => onFault({ loop: 'watch of Argo CD Applications', error });
    return new ArgoCdOnKubernetes(argoCd.at, { clock, onFault: told });
  },
  compose: ({ settings: { compose } }) => (compose === undefined ? undefined : composeProvider(compose)),
  flux: ({ settings: { flux } }) => flux && overCluster(flux.cluster, (api) => fluxProvider({ ...flux, api })),
  kubernetes: ({ settings: { kubernetes } }) =>
    kubernetes && overCluster(kubernetes.cluster, (api) => kubernetesProvider({ ...kubernetes, api })),
};

const overCluster = (cluster: KubernetesSettings, make: (api: KubernetesApi) => GitOpsProvider): Held => {
  const api = new KubernetesApi(cluster);
  return { ...make(api), close: async () => api.close() };
};

/** One cluster is known by now, and its name is `default`. */
export const openProviders = (parts: ProviderParts): Providers => {
  const made = Object.entries(makers).flatMap(([name, make]) => {
    const provider = make(parts);
    return provider === undefined ? [] : [[`default/${name}`, provider] as const];
  });
  const providers = new Map<string, Held>(made);
  return {
    find: (name, cluster) => providers.get(`${cluster}/${name}`),
    close: async () => {
      await Promise.all([...providers.values()].map((provider) => provider.close?.()));
    },
  };
};
