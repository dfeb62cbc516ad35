// What providers' watches tell: something changed in a namespace, and its environment is looked at at once instead of on its next round.
// I1. A hint is never needed: one that is lost, or comes while nobody listens, costs what is left until that round.
// I2. Namespaces that nobody looks after here are none of the keeper's business: a cluster has many.
import type { TestEnvironments } from '@testmesh/ports';
import type { OnFault } from '../loop.ts';

export interface EnvironmentHintsOptions {
  readonly environments: Pick<TestEnvironments, 'lookAgain'>;
  readonly onFault: OnFault;
  /** There is an environment to be looked at. */
  readonly onWork: () => void;
}

interface Place {
  readonly cluster: string;
  readonly namespace: string;
}

export class EnvironmentHints {
  readonly #options: EnvironmentHintsOptions;
  readonly #known = new Map<string, Place>();
  /** Told and not passed on yet: however often that was, it is one look. */
  readonly #told = new Set<string>();
  #passing: Promise<void> | undefined;

  constructor(options: EnvironmentHintsOptions) {
    this.#options = options;
  }

  /** An environment there is looked after from now on. */
  follow({ cluster, namespace }: Place): void {
    const key = keyOf({ cluster, namespace });
    this.#known.delete(key);
    this.#known.set(key, { cluster, namespace });
    // Another process may see the end of one: what was not looked at for longest is forgotten.
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }

  forget(place: Place): void {
    this.#known.delete(keyOf(place));
  }

  changed(place: Place): void {
    const key = keyOf(place);
    if (!this.#known.has(key)) return;
    this.#told.add(key);
    this.#passing ??= this.#passOn();
  }

  async stop(): Promise<void> {
    this.#known.clear();
    this.#told.clear();
    await this.#passing;
  }

  async #passOn(): Promise<void> {
    const { environments, onFault, onWork } = this.#options;
    try {
      for (const key of this.#told) {
        this.#told.delete(key);
        const place = this.#known.get(key);
        if (place !== undefined && (await environments.lookAgain(place.cluster, place.namespace))) onWork();
      }
    } catch (error) {
      this.#told.clear();
      onFault({ loop: 'hints of watches', error });
    } finally {
      this.#passing = undefined;
    }
  }
}

const MOST_KNOWN = 10_000;

const keyOf = ({ cluster, namespace }: Place): string => `${cluster}/${namespace}`;
