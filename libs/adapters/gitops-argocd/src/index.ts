export type { ArgoCdSettings } from './argocd-api.ts';
export { argoCdProvider } from './argocd-provider.ts';
