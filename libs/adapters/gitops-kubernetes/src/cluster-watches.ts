// Watches of what environments consist of. They tell when to look, and save asking where what they show cannot mislead:
// W1. A namespace is read here only by the uid that was bound, and what is not shown is asked for: whether a name is free, and that
//     nothing is left, is the cluster's own word. A delete carries the uid.
// W2. Nothing is called lost on a watch's word.
import { type KubernetesApi, type KubernetesObject, Mirror, type Namespace } from '@testmesh/kubernetes';
import type { Clock } from '@testmesh/ports';
import { ENVIRONMENT } from './guards.ts';
import { WORKLOADS, type Workload } from './workloads.ts';

export interface ClusterWatchesOptions {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  /** Told of watches that broke; they go on by themselves. */
  readonly onFault: (error: unknown) => void;
  /** Told of a namespace in which something changed. */
  readonly onChange: (namespace: string) => void;
}

export class ClusterWatches {
  readonly #namespaces: Mirror<Namespace>;
  readonly #workloads: readonly Mirror<Workload>[];

  constructor({ onChange, ...parts }: ClusterWatchesOptions) {
    const selection = { apiVersion: 'v1', kind: 'Namespace' };
    const named = ({ metadata }: KubernetesObject): void => onChange(metadata?.name ?? '');
    this.#namespaces = new Mirror<Namespace>({ ...parts, selection, onChange: named });
    const within = ({ metadata }: KubernetesObject): void => onChange(metadata?.namespace ?? '');
    this.#workloads = WORKLOADS.map(
      (kind) =>
        new Mirror<Workload>({ ...parts, selection: { ...kind, labelSelector: ENVIRONMENT }, onChange: within }),
    );
  }

  namespace(name: string, uid: string, signal: AbortSignal): Promise<Namespace | undefined> {
    return this.#namespaces.read(name, uid, signal);
  }

  /** What was written is read. */
  remember(namespace: Namespace): void {
    this.#namespaces.remember(namespace);
  }

  /** What was asked to go is not read as it was before. */
  correct(namespace: Namespace): void {
    this.#namespaces.correct(namespace);
  }

  /** Everything of a namespace that can be ready or not; `undefined` until all watches show what there is. */
  workloads(namespace: string): readonly Workload[] | undefined {
    const shown = this.#workloads.map((mirror) => mirror.within(namespace));
    return shown.includes(undefined) ? undefined : shown.flatMap((items) => items ?? []);
  }

  async close(): Promise<void> {
    await Promise.all([this.#namespaces, ...this.#workloads].map((mirror) => mirror.close()));
  }
}
