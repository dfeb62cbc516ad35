import type { KubernetesApi } from '@testmesh/kubernetes';
import type { EnvironmentTarget } from '@testmesh/ports';
import type { ClusterWatches } from './cluster-watches.ts';
import { ENVIRONMENT } from './guards.ts';
import { readiness } from './readiness.ts';
import { degraded, type Pod, type Standing, WORKLOADS, type Workload } from './workloads.ts';

export interface StandingSettings {
  readonly api: KubernetesApi;
  /** What saves asking; without them everything is asked for. */
  readonly watches?: Pick<ClusterWatches, 'namespace' | 'workloads' | 'remember' | 'correct'>;
}

/**
 * How what was applied stands, each `Deployment/orders` that was among it; what the services themselves make in their namespace
 * counts only as their reasons.
 */
export const standingOf = async (
  { api, watches }: StandingSettings,
  { id, spec }: EnvironmentTarget,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Standing> => {
  const { namespace } = spec;
  const shown = watches?.workloads(namespace)?.filter(({ metadata }) => metadata?.labels?.[ENVIRONMENT] === id);
  const isShown = shown !== undefined && lostAmong(wanted, shown).length === 0;
  const workloads = isShown ? shown : await listed(api, { namespace, labelSelector: `${ENVIRONMENT}=${id}` }, signal);
  const lost = lostAmong(wanted, workloads);
  if (lost.length > 0) return degraded(`${lost.join(', ')} was deleted`);
  const standing = readiness(workloads, []);
  if (standing.health === 'healthy') return standing;
  const pods = await api.list<Pod>({ apiVersion: 'v1', kind: 'Pod', namespace }, signal);
  return readiness(workloads, pods.items);
};

const listed = async (
  api: KubernetesApi,
  own: { readonly namespace: string; readonly labelSelector: string },
  signal: AbortSignal,
): Promise<readonly Workload[]> => {
  const lists = await Promise.all(WORKLOADS.map((kind) => api.list<Workload>({ ...kind, ...own }, signal)));
  return lists.flatMap(({ items }) => items);
};

const lostAmong = (wanted: readonly string[], workloads: readonly Workload[]): readonly string[] => {
  const there = new Set(workloads.map(({ kind, metadata }) => `${kind}/${metadata?.name}`));
  return wanted.filter((name) => !there.has(name));
};
