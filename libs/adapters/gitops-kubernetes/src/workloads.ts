// What is read of the objects that run something. Everything is optional: controllers fill it in as they go.
import type { KubernetesObject, ObjectMetadata } from '@testmesh/kubernetes';

export interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

interface WorkloadMetadata extends ObjectMetadata {
  readonly generation?: number;
}

/** A Deployment, StatefulSet, DaemonSet or Job. */
export interface Workload extends KubernetesObject {
  readonly metadata?: WorkloadMetadata;
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly suspend?: boolean;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly readyReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberReady?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface ContainerStatus {
  readonly name?: string;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly exitCode?: number; readonly reason?: string };
  };
  readonly lastState?: { readonly terminated?: { readonly exitCode?: number; readonly reason?: string } };
}

export interface Pod extends KubernetesObject {
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** Kinds of which it can be said whether they are ready. */
export const WORKLOADS = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'v1', kind: 'Pod' },
];

export const conditionOf = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type);

/** How one object stands; `message` names it. */
export type Standing =
  | { readonly health: 'healthy' }
  | { readonly health: 'progressing' | 'degraded'; readonly message: string };

export const healthy: Standing = { health: 'healthy' };
export const progressing = (message: string): Standing => ({ health: 'progressing', message });
export const degraded = (message: string): Standing => ({ health: 'degraded', message });

/** Every message of the worst there is. */
export const worstOf = (standings: readonly Standing[]): Standing => {
  for (const health of ['degraded', 'progressing'] as const) {
    const messages = standings.flatMap((standing) => (standing.health === health ? [standing.message] : []));
    if (messages.length > 0) return { health, message: [...new Set(messages)].join('; ') };
  }
  return healthy;
};
