import type { Clock } from '@testmesh/ports';

const FIRST_REST_MS = 2000;
const LONGEST_REST_MS = 60_000;

interface Rest {
  readonly ms: number;
  /** The process's own clock. */
  readonly until: number;
}

/** What was tried in vain is left alone for a while, longer each time: whatever comes first again and again holds up nobody behind it. */
export class Resting {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #rests = new Map<string, Rest>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** What rests now. */
  now(): readonly string[] {
    const now = this.#clock.monotonic();
    for (const [id, { until }] of this.#rests) if (until + LONGEST_REST_MS < now) this.#rests.delete(id);
    return [...this.#rests].flatMap(([id, { until }]) => (until > now ? [id] : []));
  }

  add(id: string): void {
    const ms = Math.min((this.#rests.get(id)?.ms ?? FIRST_REST_MS / 2) * 2, LONGEST_REST_MS);
    this.#rests.set(id, { ms, until: this.#clock.monotonic() + ms });
  }

  delete(id: string): void {
    this.#rests.delete(id);
  }
}
