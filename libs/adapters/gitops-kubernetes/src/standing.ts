import type { KubernetesApi } from '@testmesh/kubernetes';
import type { EnvironmentTarget } from '@testmesh/ports';
import { ENVIRONMENT } from './guards.ts';
import { readiness } from './readiness.ts';
import { degraded, type Pod, type Standing, type Workload } from './workloads.ts';

/** Kinds of which it can be said whether they are ready. */
export const WORKLOADS = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'v1', kind: 'Pod' },
];

/**
 * How what was applied stands, each `Deployment/orders` that was among it; what the services themselves make in their namespace
 * counts only as their reasons.
 */
export const standingOf = async (
  api: KubernetesApi,
  { id, spec }: EnvironmentTarget,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Standing> => {
  const { namespace } = spec;
  const own = { namespace, labelSelector: `${ENVIRONMENT}=${id}` };
  const lists = await Promise.all(WORKLOADS.map((kind) => api.list<Workload>({ ...kind, ...own }, signal)));
  const workloads = lists.flatMap(({ items }) => items);
  const there = new Set(workloads.map(({ kind, metadata }) => `${kind}/${metadata?.name}`));
  const lost = wanted.filter((name) => !there.has(name));
  if (lost.length > 0) return degraded(`${lost.join(', ')} was deleted`);
  const standing = readiness(workloads, []);
  if (standing.health === 'healthy') return standing;
  const pods = await api.list<Pod>({ apiVersion: 'v1', kind: 'Pod', namespace }, signal);
  return readiness(workloads, pods.items);
};
