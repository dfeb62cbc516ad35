import type { RunEvent, StepPath } from '@testmesh/domain';

export interface HeldResource {
  readonly kind: string;
  readonly key: string;
  /** The step that opened it. */
  readonly path: StepPath;
}

type ResourceEvent = Extract<RunEvent, { readonly type: 'ResourceOpened' | 'ResourceClosed' }>;

/** Things opened and not closed; branches may each have one of the same kind and key. */
export class Held {
  readonly #open: HeldResource[] = [];

  take(event: ResourceEvent): void {
    const { kind, key } = event;
    if (event.type === 'ResourceOpened') {
      this.#open.push({ kind, key, path: event.path });
      return;
    }
    const at = this.#open.findIndex((resource) => resource.kind === kind && resource.key === key);
    if (at >= 0) this.#open.splice(at, 1);
  }

  all(): readonly HeldResource[] {
    return this.#open;
  }
}
