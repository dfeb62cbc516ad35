import type { Random } from '@testmesh/ports';

/** What may go wrong at a call of a port, as the chance of each. */
const KINDS = {
  crashBefore: 0.004,
  crashAfter: 0.004,
  pause: 0.004,
  requestLost: 0.05,
  replyLost: 0.05,
  slow: 0.03,
  wakeLost: 0.5,
  wakeTwice: 0.3,
  feedLate: 0.2,
  targetSlow: 0.2,
  targetHangs: 0.05,
  drain: 0.3,
} as const;

export type FaultKind = keyof typeof KINDS;

const STRENGTHS = [0, 0, 0.5, 1, 2];

/** Thrown at whoever's call went wrong: the outcome is unknown. */
export class SimFault extends Error {}

/** Which faults a seed has and how often: each seed draws its own mix, some of them without one kind or another. */
export class Faults {
  readonly #rates: ReadonlyMap<FaultKind, number>;
  readonly #random: Random;
  #isHealed = false;

  constructor(random: Random) {
    this.#random = random;
    const strength = (): number => STRENGTHS[Math.floor(random.next() * STRENGTHS.length)] ?? 0;
    const kinds = Object.keys(KINDS) as FaultKind[];
    this.#rates = new Map(kinds.map((kind) => [kind, KINDS[kind] * strength()]));
  }

  heal(): void {
    this.#isHealed = true;
  }

  hits(kind: FaultKind): boolean {
    // Drawn always, so that healing changes nothing but the outcome.
    const draw = this.#random.next();
    return !this.#isHealed && draw < (this.#rates.get(kind) ?? 0);
  }

  /** A number in between, evenly. */
  between(least: number, most: number): number {
    return least + this.#random.next() * (most - least);
  }

  /** How long one way of a call takes. */
  delay(): number {
    return this.hits('slow') ? this.between(100, 4000) : this.between(0.2, 8);
  }
}
