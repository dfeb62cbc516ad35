export { ArgoCdController } from './argocd-controller.ts';
