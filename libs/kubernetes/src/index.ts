export type { KubernetesSettings } from './access.ts';
export { boundUid, namespaceProblem, withNamespace } from './environment-namespace.ts';
export { KubernetesFault, KubernetesSilence, WatchExpired } from './faults.ts';
export { KubernetesApi, type Removal, refOf, type Selection } from './kubernetes-api.ts';
export { Mirror, type MirrorOptions } from './mirror.ts';
export { goingNamespace, type Namespace, namespaceRef, removeNamespace } from './namespaces.ts';
export {
  type Kind,
  type KubernetesObject,
  type ObjectList,
  type ObjectMetadata,
  type ObjectRef,
  refText,
} from './objects.ts';
export { withServices } from './service-addresses.ts';
export type { WatchEvent } from './watch-events.ts';
