// Takes runs from executors that are not heard of any more. Any number of copies may run: the queue decides each run once.
import type { Clock, Random, ReapedRun, ReapPolicy, RunQueue } from '@testmesh/ports';
import { Loop, type OnFault } from './loop.ts';

export interface ReaperOptions {
  readonly queue: Pick<RunQueue, 'reap'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
  readonly everyMs?: number;
  readonly policy?: ReapPolicy;
  /** Told of runs that were taken: those to be claimed again are worth a wake-up. */
  readonly onReaped?: (runs: readonly ReapedRun[]) => void;
}

/** A run that killed four executors is looked at by somebody before the fifth. */
const POLICY: ReapPolicy = { maxAttempts: 4, limit: 100 };

/** A run goes on within two seconds of its lease's end, also when nobody is woken: this, and the rest of an idle executor. */
const EVERY_MS = 500;

export class Reaper {
  readonly #loop: Loop;

  constructor({ queue, clock, random, onFault, everyMs = EVERY_MS, policy = POLICY, onReaped }: ReaperOptions) {
    const round = async (): Promise<boolean> => {
      const runs = await queue.reap(policy);
      if (runs.length > 0) onReaped?.(runs);
      return runs.length === policy.limit;
    };
    this.#loop = new Loop({ name: 'reaper', clock, random, leastRestMs: everyMs, mostRestMs: everyMs, onFault, round });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }
}
