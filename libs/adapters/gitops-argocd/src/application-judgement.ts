// What an Application means for the environment that names it: whether it is the environment's own, and how it stands.
import { boundUid } from '@testmesh/kubernetes';
import type { EnvironmentTarget, Observation } from '@testmesh/ports';
import { type ArgoApplication, observationOf } from './argocd-application.ts';

export const judged = (
  target: EnvironmentTarget,
  name: string,
  application: ArgoApplication | undefined,
): Observation => {
  if (application === undefined)
    return { health: 'missing', message: `the Argo CD Application "${name}" is not there` };
  const bound = boundUid(target, 'Application');
  if (bound !== undefined && application.metadata?.uid !== bound) {
    const message = `the Argo CD Application "${name}" was deleted, and somebody made another of that name`;
    return { health: 'missing', message };
  }
  const elsewhere = deploysElsewhere(target, name, application);
  return elsewhere === undefined ? observationOf(name, application) : { health: 'refused', message: elsewhere };
};

export const deploysElsewhere = (
  { spec }: EnvironmentTarget,
  name: string,
  application: ArgoApplication,
): string | undefined => {
  const namespace = application.spec?.destination?.namespace;
  if (namespace === spec.namespace) return undefined;
  const where = namespace === undefined ? 'names no namespace' : `deploys into the namespace "${namespace}"`;
  return `the Argo CD Application "${name}" ${where}, not into "${spec.namespace}"`;
};
