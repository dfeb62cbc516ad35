// How the variables of this service are read, whatever they are about.
import type { KubernetesSettings } from '@testmesh/kubernetes';

export const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** The cluster that is meant where none is named: the one this process runs in. */
export const clusterOf = (environment: NodeJS.ProcessEnv): KubernetesSettings => {
  const kubeconfig = environment['TESTMESH_KUBECONFIG'] || undefined;
  const context = environment['TESTMESH_KUBE_CONTEXT'] || undefined;
  if (context !== undefined && kubeconfig === undefined)
    throw new Error('TESTMESH_KUBE_CONTEXT is set and TESTMESH_KUBECONFIG is not: a context is one of a kubeconfig');
  if (kubeconfig === undefined && !environment['KUBERNETES_SERVICE_HOST'])
    throw new Error(
      'TESTMESH_KUBECONFIG is not set and this process runs in no pod: it names the cluster to deploy into',
    );
  return { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) };
};

/** The folder of what may be deployed, for a provider that deploys by itself. */
export const templatesFor = (environment: NodeJS.ProcessEnv, provider: string): string => {
  const folder = environment['TESTMESH_TEMPLATES'] || undefined;
  if (folder !== undefined) return folder;
  throw new Error(`${provider} is set and TESTMESH_TEMPLATES is not: it names the folder of what may be deployed`);
};
