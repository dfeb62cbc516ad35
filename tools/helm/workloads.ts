// Pods as the chart's workloads make them.
import type { KubeObject } from './chart.ts';

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string };
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly Variable[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<string, unknown>>;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}

interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly restartPolicy?: string;
  readonly securityContext: { readonly seccompProfile?: unknown; readonly supplementalGroups?: readonly number[] };
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly {
    readonly name: string;
    readonly hostPath?: unknown;
    readonly persistentVolumeClaim?: unknown;
    readonly emptyDir?: unknown;
  }[];
}

export interface Pod {
  readonly owner: KubeObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

const OWNERS = ['Deployment', 'StatefulSet', 'Job'];

export const podsIn = (objects: readonly KubeObject[]): readonly Pod[] =>
  objects
    .filter(({ kind }) => OWNERS.includes(kind))
    .map((owner) => {
      const { metadata, spec } = owner['spec'].template;
      return { owner, labels: metadata.labels, spec };
    });

interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
}

export const selects = ({ matchLabels }: Selector, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(matchLabels).every(([name, value]) => labels[name] === value);

/** The variables of a pod's first container; one that comes from a secret as `secret NAME/KEY`, one of the pod's own by its path. */
export const envOf = ({ containers }: PodSpec): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (containers[0]?.env ?? []).map(({ name, value, valueFrom }) => {
      const secret = valueFrom?.secretKeyRef;
      return [
        name,
        secret === undefined ? (value ?? valueFrom?.fieldRef?.fieldPath ?? '') : `secret ${secret.name}/${secret.key}`,
      ];
    }),
  );
