import type { NamePolicy } from '@testmesh/domain';
import type { ArgoCdOnKubernetesSettings, ArgoCdSettings } from '@testmesh/gitops-argocd';
import type { ComposeProviderSettings } from '@testmesh/gitops-compose';
import type { KubernetesSettings } from '@testmesh/kubernetes';

/** What an operator tells this service about the cluster it looks after. */
export interface EnvManagerSettings {
  /** Argo CD is asked through its own API, or where it keeps its Applications; absent where there is none. */
  readonly argoCd: ArgoCdWay | undefined;
  /** Absent where no Docker daemon may be used. */
  readonly compose: ComposeProviderSettings | undefined;
  readonly names: NamePolicy;
}

export type ArgoCdWay =
  | { readonly way: 'api'; readonly at: ArgoCdSettings }
  | { readonly way: 'kubernetes'; readonly at: ArgoCdOnKubernetesSettings };

/** Reads this service's own variables; what contradicts itself is refused with what to do. */
export const envManagerSettings = (environment: NodeJS.ProcessEnv): EnvManagerSettings => ({
  argoCd: argoCdOf(environment),
  compose: composeOf(environment),
  names: {
    namespaces: listOf(environment['TESTMESH_NAMESPACES']),
    applications: listOf(environment['TESTMESH_APPLICATIONS']),
    reserved: listOf(environment['TESTMESH_RESERVED_NAMESPACES']),
  },
});

const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

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

/** The cluster that is meant where none is named: the one this process runs in. */
const clusterOf = (environment: NodeJS.ProcessEnv): KubernetesSettings => {
  const kubeconfig = environment['TESTMESH_KUBECONFIG'] || undefined;
  const context = environment['TESTMESH_KUBE_CONTEXT'] || undefined;
  if (context !== undefined && kubeconfig === undefined)
    throw new Error('TESTMESH_KUBE_CONTEXT is set and TESTMESH_KUBECONFIG is not: a context is one of a kubeconfig');
  return { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) };
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

const templatesFor = (environment: NodeJS.ProcessEnv, provider: string): string => {
  const folder = environment['TESTMESH_TEMPLATES'] || undefined;
  if (folder !== undefined) return folder;
  throw new Error(`${provider} is set and TESTMESH_TEMPLATES is not: it names the folder of what may be deployed`);
};
