export { type KubernetesProviderSettings, kubernetesProvider } from './kubernetes-provider.ts';
