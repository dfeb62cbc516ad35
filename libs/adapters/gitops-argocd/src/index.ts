export type { ArgoCdSettings } from './argocd-api.ts';
export { ArgoCdOnKubernetes, type ArgoCdOnKubernetesSettings } from './argocd-on-kubernetes.ts';
export { argoCdProvider } from './argocd-provider.ts';
