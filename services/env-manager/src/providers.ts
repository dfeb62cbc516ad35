// What deploys test environments here, by the name that environments ask for. A new provider is a line in this list.
import { ArgoCdOnKubernetes, argoCdProvider } from '@testmesh/gitops-argocd';
import { composeProvider } from '@testmesh/gitops-compose';
import { FluxWatches, fluxProvider } from '@testmesh/gitops-flux';
import { ClusterWatches, kubernetesProvider } from '@testmesh/gitops-kubernetes';
import { KubernetesApi } from '@testmesh/kubernetes';
import type { Clock, GitOpsProvider } from '@testmesh/ports';
import type { OnFault } from '@testmesh/runtime';
import type { EnvManagerSettings } from './settings.ts';

export interface ProviderParts {
  readonly settings: EnvManagerSettings;
  readonly clock: Clock;
  readonly onFault: OnFault;
  /** Told of a namespace when a provider's watch shows that something there changed. */
  readonly onChange: (cluster: string, namespace: string) => void;
}

/** One cluster is known by now. */
const DEFAULT = 'default';

/** Some hold connections that are closed with the service. */
type Held = GitOpsProvider & { readonly close?: () => Promise<void> };

export interface Providers {
  readonly find: (name: string, cluster: string) => GitOpsProvider | undefined;
  readonly close: () => Promise<void>;
}

const makers: Readonly<Record<string, (parts: ProviderParts) => Held | undefined>> = {
  argocd: (parts) => {
    const { argoCd } = parts.settings;
    if (argoCd === undefined) return undefined;
    if (argoCd.way === 'api') return argoCdProvider(argoCd.at);
    return new ArgoCdOnKubernetes(argoCd.at, watching('Argo CD Applications', parts));
  },
  compose: ({ settings: { compose } }) => (compose === undefined ? undefined : composeProvider(compose)),
  flux: (parts) => {
    const { flux } = parts.settings;
    if (flux === undefined) return undefined;
    const api = new KubernetesApi(flux.cluster);
    const watches = new FluxWatches({ api, namespace: flux.namespace, ...watching('what Flux deploys', parts) });
    return { ...fluxProvider({ ...flux, api, watches }), close: () => closing(watches, api) };
  },
  kubernetes: (parts) => {
    const { kubernetes } = parts.settings;
    if (kubernetes === undefined) return undefined;
    const api = new KubernetesApi(kubernetes.cluster);
    const watches = new ClusterWatches({ api, ...watching('what environments consist of', parts) });
    return { ...kubernetesProvider({ ...kubernetes, api, watches }), close: () => closing(watches, api) };
  },
};

const watching = (what: string, { clock, onFault, onChange }: ProviderParts) => ({
  clock,
  onFault: (error: unknown): void => onFault({ loop: `watch of ${what}`, error }),
  onChange: (namespace: string): void => onChange(DEFAULT, namespace),
});

const closing = async (watches: { readonly close: () => Promise<void> }, api: KubernetesApi): Promise<void> => {
  await watches.close();
  api.close();
};

export const openProviders = (parts: ProviderParts): Providers => {
  const made = Object.entries(makers).flatMap(([name, make]) => {
    const provider = make(parts);
    return provider === undefined ? [] : [[`${DEFAULT}/${name}`, provider] as const];
  });
  const providers = new Map<string, Held>(made);
  return {
    find: (name, cluster) => providers.get(`${cluster}/${name}`),
    close: async () => {
      await Promise.all([...providers.values()].map((provider) => provider.close?.()));
    },
  };
};
