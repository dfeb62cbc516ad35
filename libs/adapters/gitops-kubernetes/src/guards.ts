// What every environment's namespace has beside what is deployed into it: whose it is, and what it may not do.
import type { KubernetesObject } from '@testmesh/kubernetes';
import type { EnvironmentTarget } from '@testmesh/ports';

/** On the namespace and on everything applied into it; ids are never given twice. */
export const ENVIRONMENT = 'testmesh.dev/environment';
/** On the namespace, once all of the template was applied: what of it has to be ready, as `Deployment/orders` and a space. */
export const APPLIED = 'testmesh.dev/applied';

export interface GuardSettings {
  /** As a ResourceQuota has them: `pods: '50'`. */
  readonly quota: Readonly<Record<string, string>>;
  /** What a container may use that does not say so itself: `cpu: '1'`, `memory: 512Mi`; nothing is said where it is empty. */
  readonly containerLimits: Readonly<Record<string, string>>;
  /** Namespaces whose pods may reach the environment, beside its own: where runs are carried out. */
  readonly reachableFrom: readonly string[];
}

export const labelsOf = ({ id }: EnvironmentTarget): Readonly<Record<string, string>> => ({
  'app.kubernetes.io/managed-by': 'testmesh',
  [ENVIRONMENT]: id,
});

export const namespaceOf = (target: EnvironmentTarget): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: target.spec.namespace,
    labels: { ...labelsOf(target), 'pod-security.kubernetes.io/enforce': 'baseline' },
    annotations: { 'testmesh.dev/workspace': target.workspace, 'testmesh.dev/context': target.spec.context },
  },
});

export const guardsOf = (target: EnvironmentTarget, settings: GuardSettings): readonly KubernetesObject[] => {
  const metadata = { name: 'testmesh', namespace: target.spec.namespace, labels: labelsOf(target) };
  const limits = {
    ...{ apiVersion: 'v1', kind: 'LimitRange', metadata },
    spec: { limits: [{ type: 'Container', default: settings.containerLimits }] },
  };
  return [
    { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: settings.quota } },
    ...(Object.keys(settings.containerLimits).length === 0 ? [] : [limits]),
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec: ingressFrom(settings.reachableFrom) },
  ] as readonly KubernetesObject[];
};

const ingressFrom = (namespaces: readonly string[]) => ({
  podSelector: {},
  policyTypes: ['Ingress'],
  ingress: [
    {
      from: [
        { podSelector: {} },
        ...namespaces.map((name) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } })),
      ],
    },
  ],
});
