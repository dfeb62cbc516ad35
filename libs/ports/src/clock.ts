/** Time as the engine sees it. */
export interface Clock {
  /** Milliseconds since 1970, fractions allowed. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: () => number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Seeded randomness: the same seed gives the same sequence. */
export interface Random {
  /** A float in [0, 1). */
  readonly next: () => number;
  /** A version 4 UUID drawn from `next`. */
  readonly uuid: () => string;
}
