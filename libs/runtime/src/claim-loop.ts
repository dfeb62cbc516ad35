// Takes runs when there is room for them, and lets go of them in good order.
// C1. Never more than `slots` runs at once, counting those being claimed.
// C2. A wake-up or a free slot asks at once; otherwise the queue is asked every 200 ms, slowing to 2 s with jitter.
// C3. Draining claims nothing more, lets runs finish for the grace given, then hands over what is left; leases are kept meanwhile.
// C4. A carrier that breaks is told to `onFault`; it takes no slot with it.
import type { ClaimedRun, Clock, Random, RunQueue, Wakeups } from '@testmesh/ports';
import { failpoint } from './failpoint.ts';
import type { Lease, LeaseKeeper } from './lease-keeper.ts';
import { Loop, type OnFault } from './loop.ts';

/** Carries one run as far as this process can; `handOver` aborts when it is to be given back. */
export type Carry = (run: ClaimedRun, lease: Lease, handOver: AbortSignal) => Promise<void>;

export interface ClaimLoopOptions {
  readonly queue: Pick<RunQueue, 'claim'>;
  readonly leases: LeaseKeeper;
  readonly carry: Carry;
  readonly clock: Clock;
  readonly random: Random;
  readonly executor: string;
  readonly pools: readonly string[];
  readonly slots: number;
  readonly leaseMs: number;
  /** Hints that a run was queued: `queueTopic(pool)` for each pool. */
  readonly wakeups?: Pick<Wakeups, 'onWake'>;
  readonly onFault: OnFault;
}

/** The wake-up topic of an executor pool. */
export const queueTopic = (pool: string): string => `queue.${pool}`;

/** Without wake-ups, for Redis is away: with the reaper's pause it stays below the two seconds after a lease in which runs go on. */
const MOST_REST_MS = 1000;

export class ClaimLoop {
  readonly #options: ClaimLoopOptions;
  readonly #loop: Loop;
  readonly #carried = new Set<Promise<void>>();
  readonly #handOver = new AbortController();
  #unfollow: readonly (() => void)[] = [];

  constructor(options: ClaimLoopOptions) {
    this.#options = options;
    const { clock, random, onFault } = options;
    this.#loop = new Loop({
      name: 'claim',
      clock,
      random,
      leastRestMs: 200,
      mostRestMs: MOST_REST_MS,
      onFault,
      round: () => this.#claim(),
    });
  }

  /** Runs that are carried now. */
  get busy(): number {
    return this.#carried.size;
  }

  start(): void {
    const { wakeups, pools } = this.#options;
    this.#unfollow = pools.flatMap((pool) => wakeups?.onWake(queueTopic(pool), () => this.#loop.wake()) ?? []);
    this.#options.leases.start();
    this.#loop.start();
  }

  /** Resolves when nothing is carried any more. */
  async drain(graceMs: number): Promise<void> {
    for (const unfollow of this.#unfollow) unfollow();
    const over = new AbortController();
    const late = this.#options.clock.sleep(graceMs, over.signal).then(
      () => this.#handOver.abort('the executor is stopping'),
      () => undefined,
    );
    await this.#loop.stop();
    await Promise.all(this.#carried);
    over.abort('all have ended');
    await late;
    await this.#options.leases.stop();
  }

  async #claim(): Promise<boolean> {
    const { queue, clock, executor, pools, slots, leaseMs } = this.#options;
    const free = slots - this.#carried.size;
    if (free <= 0) return false;
    const askedAt = clock.monotonic();
    await failpoint('claim.beforeCommit');
    const runs = await queue.claim({ executor, pools, slots: free, leaseMs });
    if (runs.length > 0) await failpoint('claim.afterCommit');
    for (const run of runs) this.#carry(run, askedAt);
    return runs.length > 0;
  }

  #carry(run: ClaimedRun, claimedAt: number): void {
    const { leases, carry, onFault } = this.#options;
    const lease = leases.hold({ runId: run.runId, epoch: run.epoch }, claimedAt);
    const carried = carry(run, lease, this.#handOver.signal)
      .catch((error: unknown) => onFault({ loop: 'carry', error }))
      .finally(() => {
        leases.drop(lease);
        this.#carried.delete(carried);
        this.#loop.wake();
      });
    this.#carried.add(carried);
  }
}
