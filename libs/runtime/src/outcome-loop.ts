// Takes the ends of runs in, once each: what schedules and suites make of them, and what people are told.
// O1. The ends are read before the transaction that takes them in; whoever finds the cursor moved reads again from there.
// O2. What cannot be taken in is set aside, told, and tried again less and less often: after a repair nobody has to release it.
import type { Clock, EndedRuns, OutcomeStore, Random, SetAside } from '@testmesh/ports';
import { Loop, type OnFault } from './loop.ts';

export interface OutcomeLoopOptions {
  readonly endedRuns: EndedRuns;
  readonly outcomes: OutcomeStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
}

const PAGE = 200;
const LEAST_REST_MS = 5000;
const MOST_REST_MS = 600_000;

export class OutcomeLoop {
  readonly #options: OutcomeLoopOptions;
  readonly #loop: Loop;
  readonly #again: Loop;

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
    this.#again = new Loop({
      name: 'outcomes set aside',
      clock,
      random,
      leastRestMs: LEAST_REST_MS,
      mostRestMs: MOST_REST_MS,
      onFault,
      round: () => this.retake(),
    });
  }

  start(): void {
    this.#loop.start();
    this.#again.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#loop.stop(), this.#again.stop()]);
  }

  /** True when there may be more. */
  async round(): Promise<boolean> {
    const { endedRuns, outcomes } = this.#options;
    const cursor = await outcomes.cursor();
    const page = await endedRuns.after(cursor, PAGE);
    const isNew = page.cursor !== cursor;
    if (isNew) this.#tell(await outcomes.take(cursor, page.cursor, page.ended));
    const { isMore, setAside } = await outcomes.settle();
    this.#tell(setAside);
    return isMore || isNew;
  }

  /** Tries once more each that was set aside; there is never more to do at once. */
  async retake(): Promise<boolean> {
    const { endedRuns, outcomes } = this.#options;
    for (const { name } of await outcomes.setAside()) {
      const isRun = name.startsWith(RUN);
      const ended = isRun ? await endedRuns.of(name.slice(RUN.length)) : undefined;
      if (isRun && ended === undefined) this.#fault(`${name} was set aside and has left the database: it is forgotten`);
      await outcomes.retake(name, ended);
    }
    return false;
  }

  #tell(setAside: readonly SetAside[]): void {
    for (const { name, error } of setAside) {
      this.#fault(`the end of ${name} could not be taken in and is set aside, the others go on: ${error}`);
    }
  }

  #fault(words: string): void {
    this.#options.onFault({ loop: 'outcomes', error: new Error(words) });
  }
}

const RUN = 'run-';
