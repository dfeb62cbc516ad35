export { ClusterWatches } from './cluster-watches.ts';
export { type KubernetesProviderSettings, kubernetesProvider } from './kubernetes-provider.ts';
