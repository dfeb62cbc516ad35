// What the namespace adds to what is known of an Application: it is bound beside it, and missed like it.
import type { Namespace } from '@testmesh/kubernetes';
import type { EnvironmentTarget, Observation } from '@testmesh/ports';
import { boundUid } from './application-judgement.ts';

type Present = Extract<Observation, { readonly resources: unknown }>;

/** Why the namespace makes the environment a lost one, whatever Argo CD says of its Application. */
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
  const message = `its Application is healthy, and the namespace "${spec.namespace}" ${problem}`;
  return { health: 'progressing', message, resources: seen.resources };
};
