// What every loop does besides its work: rest when there is none, wake up, go on after a fault, and stop.
// L1. One round at a time; a wake-up during a round is not lost: another round follows.
// L2. A round that found work is followed by the next at once; idle rounds rest longer and longer, with jitter.
// L3. A round that failed is told to `onFault` and tried again after a rest: a loop ends only when it is stopped.
import type { Clock, Random } from '@testmesh/ports';

/** Told of what a loop could not do; it goes on by itself. */
export type OnFault = (fault: Fault) => void;

export interface Fault {
  readonly loop: string;
  readonly error: unknown;
  /** How many rounds in a row have failed, with this one. */
  readonly inARow?: number;
}

/** Told when a loop works again. */
export type OnOver = (outage: { readonly loop: string; readonly faults: number; readonly lastedMs: number }) => void;

export interface LoopOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly leastRestMs: number;
  readonly mostRestMs: number;
  readonly onFault: OnFault;
  readonly onOver?: OnOver | undefined;
  /** One round; true when there may be more to do. */
  readonly round: () => Promise<boolean>;
}

export class Loop {
  readonly #options: LoopOptions;
  #running: Promise<void> | undefined;
  #isStopping = false;
  #isWoken = false;
  #faults = 0;
  #failedAt = 0;
  #rest: AbortController | undefined;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** There may be something to do: the next round comes at once. */
  wake(): void {
    this.#isWoken = true;
    this.#rest?.abort(WOKEN);
  }

  /** Resolves after the round that is going on. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#rest?.abort(WOKEN);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { name, round, clock, onFault, leastRestMs, mostRestMs } = this.#options;
    let restMs = leastRestMs;
    while (!this.#isStopping) {
      this.#isWoken = false;
      let found = false;
      try {
        found = await round();
        this.#works();
      } catch (error) {
        this.#faults += 1;
        if (this.#faults === 1) this.#failedAt = clock.monotonic();
        onFault({ loop: name, error, inARow: this.#faults });
      }
      if (found) restMs = leastRestMs;
      else if (await this.#sleep(restMs)) restMs = leastRestMs;
      else restMs = Math.min(restMs * 2, mostRestMs);
    }
  }

  #works(): void {
    if (this.#faults === 0) return;
    const { name, clock, onOver } = this.#options;
    onOver?.({ loop: name, faults: this.#faults, lastedMs: clock.monotonic() - this.#failedAt });
    this.#faults = 0;
  }

  /** True when something woke it before its time. */
  async #sleep(ms: number): Promise<boolean> {
    if (this.#isStopping || this.#isWoken) return true;
    const { clock, random } = this.#options;
    const rest = new AbortController();
    this.#rest = rest;
    // Between half and the whole of it, so that many processes do not ask in step.
    const slept = await clock.sleep(ms * (0.5 + random.next() / 2), rest.signal).then(
      () => true,
      () => false,
    );
    this.#rest = undefined;
    return !slept;
  }
}

const WOKEN = 'woken';
