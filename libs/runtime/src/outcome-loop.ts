// Takes the ends of runs in, once each: what schedules and suites make of them, and what people are told.
// The ends are read before the transaction that takes them in; whoever finds the cursor moved reads again from there.
import type { Clock, EndedRuns, OutcomeStore, Random } from '@testmesh/ports';
import { Loop, type OnFault } from './loop.ts';

export interface OutcomeLoopOptions {
  readonly endedRuns: EndedRuns;
  readonly outcomes: OutcomeStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
}

const PAGE = 200;

export class OutcomeLoop {
  readonly #options: OutcomeLoopOptions;
  readonly #loop: Loop;

  constructor(options: OutcomeLoopOptions) {
    this.#options = options;
    const { clock, random, onFault } = options;
    this.#loop = new Loop({
      name: 'outcomes',
      clock,
      random,
      leastRestMs: 250,
      mostRestMs: 1000,
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

  /** True when there may be more. */
  async round(): Promise<boolean> {
    const { endedRuns, outcomes } = this.#options;
    const cursor = await outcomes.cursor();
    const page = await endedRuns.after(cursor, PAGE);
    const isNew = page.cursor !== cursor;
    if (isNew) await outcomes.take(cursor, page.cursor, page.ended);
    return (await outcomes.settle()) || isNew;
  }
}
