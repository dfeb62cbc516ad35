import type { Teardown } from '@testmesh/ports';
import type { KubernetesApi } from './kubernetes-api.ts';
import type { KubernetesObject } from './objects.ts';

export interface Namespace extends KubernetesObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

export const namespaceRef = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', name });

/** Deletes the namespace with this uid, and says what of it is left. Another of that name is somebody else's. */
export const removeNamespace = async (
  api: KubernetesApi,
  name: string,
  uid: string,
  signal: AbortSignal,
): Promise<Teardown> => {
  const namespace = await api.get<Namespace>(namespaceRef(name), signal);
  if (namespace === undefined || namespace.metadata?.uid !== uid) return { outcome: 'gone' };
  if (namespace.metadata.deletionTimestamp === undefined) {
    const removal = await api.remove(namespaceRef(name), uid, signal);
    if (removal !== 'asked') return { outcome: 'gone' };
  }
  return goingNamespace(name, namespace);
};

/** What is left of a namespace that is being deleted. */
export const goingNamespace = (name: string, namespace: Namespace): Teardown => ({
  outcome: 'going',
  message: stillThere(name, namespace),
});

const HOLDS = new Set([
  'NamespaceContentRemaining',
  'NamespaceFinalizersRemaining',
  'NamespaceDeletionContentFailure',
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
]);

const stillThere = (name: string, { status, metadata }: Namespace): string => {
  const held = (status?.conditions ?? []).filter(({ type, status: holds }) => HOLDS.has(type) && holds === 'True');
  const reasons = held.flatMap(({ message }) => (message === undefined ? [] : [message]));
  const finalizers = (metadata?.finalizers ?? []).map((finalizer) => `its own finalizer ${finalizer}`);
  const why = [...reasons, ...finalizers].join('; ');
  return `the namespace "${name}" is being deleted and is still there${why === '' ? '' : `: ${why}`}`;
};
