// The namespace of an environment that something else deploys: it is bound beside that, and missed like it.
import type { EnvironmentTarget, Observation } from '@testmesh/ports';
import type { Namespace } from './namespaces.ts';

type Present = Extract<Observation, { readonly resources: unknown }>;

/** The uid of what was seen of this kind before: each kind is bound once. */
export const boundUid = ({ resources }: EnvironmentTarget, kind: string): string | undefined =>
  resources.find((resource) => resource.kind === kind)?.uid;

/** Why the namespace makes the environment a lost one, whatever is said of what deploys it. */
export const namespaceProblem = (
  target: EnvironmentTarget,
  namespace: Namespace | undefined,
): Observation | undefined => {
  const bound = boundUid(target, 'Namespace');
  const named = `the namespace "${target.spec.namespace}"`;
  if (bound === undefined) return undefined;
  if (namespace === undefined) return { health: 'missing', message: `${named} was deleted` };
  if (namespace.metadata?.uid !== bound)
    return { health: 'missing', message: `${named} was deleted, and another of that name was made` };
  if (namespace.metadata.deletionTimestamp !== undefined)
    return { health: 'missing', message: `${named} is being deleted` };
  return undefined;
};

/** Together with its namespace, and not ready without one. */
export const withNamespace = (
  { spec }: EnvironmentTarget,
  seen: Present,
  namespace: Namespace | undefined,
): Present => {
  const { uid, deletionTimestamp } = namespace?.metadata ?? {};
  if (uid !== undefined && deletionTimestamp === undefined)
    return { ...seen, resources: [...seen.resources, { kind: 'Namespace', name: spec.namespace, uid }] };
  if (seen.health !== 'healthy') return seen;
  const problem = uid === undefined ? 'is not there' : 'of an earlier environment is still being deleted';
  const message = `what deploys it is ready, and the namespace "${spec.namespace}" ${problem}`;
  return { health: 'progressing', message, resources: seen.resources };
};
