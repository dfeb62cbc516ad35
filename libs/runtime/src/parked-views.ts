// Tries streams again whose views were set aside. Two builds run side by side while services are replaced one by one: the
// older one sets aside what the newer one wrote, and the newer one shows it.
// A stream that cannot be folded here either stays where it is, and is tried less and less often.
import type { Clock, Random, ViewStore } from '@testmesh/ports';
import { Loop, type OnFault } from './loop.ts';
import type { Projector } from './projector.ts';

interface ParkedViewsOptions {
  /** The projector's name. */
  readonly name: string;
  readonly projector: Pick<Projector<unknown>, 'refold'>;
  readonly store: Pick<ViewStore, 'parked' | 'release'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
}

const LEAST_REST_MS = 5000;
const MOST_REST_MS = 600_000;

export class ParkedViews {
  readonly #options: ParkedViewsOptions;
  readonly #loop: Loop;

  constructor(options: ParkedViewsOptions) {
    this.#options = options;
    const { name, clock, random, onFault } = options;
    this.#loop = new Loop({
      name: `parked ${name}`,
      clock,
      random,
      leastRestMs: LEAST_REST_MS,
      mostRestMs: MOST_REST_MS,
      onFault,
      round: () => this.round(),
    });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Tries each of them once. There is never more to do at once. */
  async round(): Promise<boolean> {
    const { name, projector, store } = this.#options;
    for (const stream of (await store.parked(name)).keys()) {
      if (await projector.refold(stream)) await store.release(name, stream);
    }
    return false;
  }
}
