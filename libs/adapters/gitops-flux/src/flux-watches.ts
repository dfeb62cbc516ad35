// Watches of what Flux is asked about. They tell when to look; what is believed is asked for.
import { type KubernetesApi, Mirror } from '@testmesh/kubernetes';
import type { Clock } from '@testmesh/ports';
import { type FluxKind, type FluxObject, KINDS, targetNamespaceOf } from './flux-object.ts';

export interface FluxWatchesOptions {
  readonly api: KubernetesApi;
  /** Where the Kustomizations and HelmReleases are. */
  readonly namespace: string;
  readonly clock: Clock;
  /** Told of watches that broke; they go on by themselves. */
  readonly onFault: (error: unknown) => void;
  /** Told of the namespace that is deployed into when something about what deploys changed. */
  readonly onChange: (namespace: string) => void;
}

export class FluxWatches {
  readonly #options: FluxWatchesOptions;
  readonly #mirrors = new Map<FluxKind, Mirror<FluxObject>>();

  constructor(options: FluxWatchesOptions) {
    this.#options = options;
  }

  /** From the first time on: a Flux may be installed without one of its kinds. */
  follow(kind: FluxKind): void {
    const { onChange, namespace, ...parts } = this.#options;
    if (this.#mirrors.has(kind)) return;
    const told = (object: FluxObject): void => onChange(targetNamespaceOf(kind, object) ?? '');
    const mirror = new Mirror<FluxObject>({ ...parts, selection: { ...KINDS[kind], namespace }, onChange: told });
    this.#mirrors.set(kind, mirror);
    mirror.follow();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#mirrors.values()].map((mirror) => mirror.close()));
  }
}
