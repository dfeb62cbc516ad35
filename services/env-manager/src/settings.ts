import type { NamePolicy } from '@testmesh/domain';
import type { ArgoCdOnKubernetesSettings, ArgoCdSettings } from '@testmesh/gitops-argocd';
import type { ComposeProviderSettings } from '@testmesh/gitops-compose';
import { type FluxWay, fluxOf, type KubernetesWay, kubernetesOf } from './kubernetes-settings.ts';
import { clusterOf, listOf, templatesFor } from './variables.ts';

/** What an operator tells this service about the cluster it looks after. */
export interface EnvManagerSettings {
  /** Argo CD is asked through its own API, or where it keeps its Applications; absent where there is none. */
  readonly argoCd: ArgoCdWay | undefined;
  /** Absent where no Docker daemon may be used. */
  readonly compose: ComposeProviderSettings | undefined;
  /** Absent where there is no Flux to be asked. */
  readonly flux: FluxWay | undefined;
  /** Absent where nothing may be applied into the cluster from here. */
  readonly kubernetes: KubernetesWay | undefined;
  readonly names: NamePolicy;
}

export type ArgoCdWay =
  | { readonly way: 'api'; readonly at: ArgoCdSettings }
  | { readonly way: 'kubernetes'; readonly at: ArgoCdOnKubernetesSettings };

/** Reads this service's own variables; what contradicts itself is refused with what to do. */
export const envManagerSettings = (environment: NodeJS.ProcessEnv): EnvManagerSettings => ({
  argoCd: argoCdOf(environment),
  compose: composeOf(environment),
  flux: fluxOf(environment),
  kubernetes: kubernetesOf(environment),
  names: {
    namespaces: listOf(environment['TESTMESH_NAMESPACES']),
    applications: listOf(environment['TESTMESH_APPLICATIONS']),
    reserved: listOf(environment['TESTMESH_RESERVED_NAMESPACES']),
  },
});

const argoCdOf = (environment: NodeJS.ProcessEnv): ArgoCdWay | undefined => {
  const namespace = environment['ARGOCD_NAMESPACE'] || undefined;
  const at = argoCdApiOf(environment);
  if (namespace === undefined) return at && { way: 'api', at };
  if (at !== undefined)
    throw new Error('ARGOCD_NAMESPACE and ARGOCD_SERVER are both set: Argo CD is asked one way, keep one of them');
  const templates = environment['TESTMESH_TEMPLATES'] || undefined;
  return {
    way: 'kubernetes',
    at: { cluster: clusterOf(environment), namespace, ...(templates !== undefined && { templates }) },
  };
};

const argoCdApiOf = (environment: NodeJS.ProcessEnv): ArgoCdSettings | undefined => {
  const [server, token] = [environment['ARGOCD_SERVER'] || undefined, environment['ARGOCD_TOKEN'] || undefined];
  if (server === undefined && token === undefined) return undefined;
  if (server === undefined)
    throw new Error('ARGOCD_TOKEN is set and ARGOCD_SERVER is not: it names the Argo CD to ask');
  if (token === undefined)
    throw new Error('ARGOCD_SERVER is set and ARGOCD_TOKEN is not: Argo CD answers nobody without');
  if (!URL.canParse(server) || !/^https?:/.test(server))
    throw new Error(`ARGOCD_SERVER=${server} is no http(s) address`);
  return { server, token, project: environment['ARGOCD_PROJECT'] || 'default' };
};

const composeOf = (environment: NodeJS.ProcessEnv): ComposeProviderSettings | undefined => {
  const daemon = environment['TESTMESH_COMPOSE_DOCKER'] || undefined;
  return daemon === undefined ? undefined : { daemon, templates: templatesFor(environment, 'TESTMESH_COMPOSE_DOCKER') };
};
