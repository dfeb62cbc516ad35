// Keeps this executor's leases, and says when one is gone.
// K1. All runs held are extended by one heartbeat, `leaseMs / 3` after the one before, whether that was answered or not.
// K2. A run whose extension was not confirmed within two thirds of the lease, counted from when it was asked for on this
//     process's own monotonic clock, is given up. The journal's epoch is the guard; this spares the target.
// K3. A lost lease stays lost, whatever a late answer says; each signal aborts once.
import type { Clock, HeldRun, LeaseReply, RunQueue } from '@testmesh/ports';
import { LeaseLost, type LossReason } from './lease-lost.ts';
import type { OnFault } from './loop.ts';

export interface LeaseKeeperOptions {
  readonly queue: Pick<RunQueue, 'heartbeat'>;
  readonly clock: Clock;
  readonly executor: string;
  readonly leaseMs: number;
  readonly onFault: OnFault;
}

/** A run that this process carries. */
export interface Lease {
  readonly run: HeldRun;
  /** Aborts with a `LeaseLost`. */
  readonly lost: AbortSignal;
  /** Aborts with who asked, in words. */
  readonly cancelled: AbortSignal;
  /** Gives the run up: whoever found out tells it here. */
  readonly lose: (error: LeaseLost) => void;
  readonly cancel: (by: string) => void;
}

interface Held extends Lease {
  /** When the last confirmed extension was asked for, monotonic. */
  askedAt: number;
}

/** Checks per lease; a fourth of them ask for an extension. */
const CHECKS_PER_LEASE = 12;
const CHECKS_PER_HEARTBEAT = 4;

export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #held = new Map<string, Held>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Stops extending; what is still held runs out. */
  async stop(): Promise<void> {
    this.#stop.abort('stopped');
    await this.#running;
  }

  /** `claimedAt`: the monotonic time before the claim was asked for. */
  hold(run: HeldRun, claimedAt: number): Lease {
    const lost = new AbortController();
    const cancelled = new AbortController();
    const held: Held = {
      run,
      lost: lost.signal,
      cancelled: cancelled.signal,
      askedAt: claimedAt,
      lose: (error) => {
        if (this.#held.get(run.runId) === held) this.#held.delete(run.runId);
        lost.abort(error);
      },
      cancel: (by) => cancelled.abort(`asked by ${by}`),
    };
    this.#held.set(run.runId, held);
    return held;
  }

  /** The run is not carried any more; it is not extended from now on. */
  drop({ run }: Lease): void {
    if (this.#held.get(run.runId)?.run.epoch === run.epoch) this.#held.delete(run.runId);
  }

  async #run(): Promise<void> {
    const { clock, leaseMs } = this.#options;
    const { signal } = this.#stop;
    for (let check = 1; !signal.aborted; check++) {
      // The only rejection is our own stop.
      await clock.sleep(leaseMs / CHECKS_PER_LEASE, signal).catch(() => undefined);
      if (signal.aborted) return;
      this.#fence();
      if (check % CHECKS_PER_HEARTBEAT === 0 && this.#held.size > 0) void this.#extend();
    }
  }

  #fence(): void {
    const { clock, leaseMs } = this.#options;
    const oldest = clock.monotonic() - (leaseMs * 2) / 3;
    for (const held of [...this.#held.values()]) if (held.askedAt <= oldest) lose(held, 'unconfirmed');
  }

  async #extend(): Promise<void> {
    const { queue, clock, executor, leaseMs, onFault } = this.#options;
    const askedAt = clock.monotonic();
    try {
      const runs = [...this.#held.values()].map(({ run }) => run);
      for (const reply of await queue.heartbeat(executor, runs, leaseMs)) this.#take(reply, askedAt);
    } catch (error) {
      onFault({ loop: 'heartbeat', error });
    }
  }

  #take(reply: LeaseReply, askedAt: number): void {
    const held = this.#held.get(reply.runId);
    if (held === undefined || held.run.epoch !== reply.epoch) return;
    if (reply.lease === 'lost') {
      lose(held, 'taken');
      return;
    }
    held.askedAt = Math.max(held.askedAt, askedAt);
    if (reply.cancelledBy !== undefined) held.cancel(reply.cancelledBy);
  }
}

const lose = ({ run, lose: giveUp }: Lease, why: LossReason): void =>
  giveUp(new LeaseLost(`run-${run.runId}`, run.epoch, why));
