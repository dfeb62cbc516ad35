// Ends what nobody uses any more: leases of runs that are gone, environments whose TTL is over, rows of what is long destroyed.
// Any number of copies may run: each row is decided once.
import type { Clock, Random, TestEnvironments } from '@testmesh/ports';
import { Loop, type OnFault } from '../loop.ts';

export interface EnvironmentSweeperOptions {
  readonly environments: Pick<TestEnvironments, 'sweep' | 'reap' | 'forget'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
  /** Told when there is something to tear down or to give to another run. */
  readonly onChange?: () => void;
  readonly sweepEveryMs?: number;
  readonly reapEveryMs?: number;
  /** How long a destroyed environment is still shown. */
  readonly keepDestroyedMs?: number;
}

const LIMIT = 100;
const MINUTE = 60_000;

export class EnvironmentSweeper {
  readonly #loops: readonly Loop[];

  constructor(options: EnvironmentSweeperOptions) {
    const { environments, clock, random, onFault, onChange } = options;
    const { sweepEveryMs = 5 * MINUTE, reapEveryMs = 5000, keepDestroyedMs = 24 * 60 * MINUTE } = options;
    const loop = (name: string, everyMs: number, found: () => Promise<number>): Loop => {
      const round = async () => (await found()) === LIMIT;
      return new Loop({ name, clock, random, onFault, leastRestMs: everyMs, mostRestMs: everyMs, round });
    };
    const told = (ids: readonly string[]): number => {
      if (ids.length > 0) onChange?.();
      return ids.length;
    };
    this.#loops = [
      loop('environment sweep', sweepEveryMs, async () => told(await environments.sweep(LIMIT))),
      loop('environment leases', reapEveryMs, async () => told(await environments.reap(LIMIT))),
      loop('environment memory', sweepEveryMs, () => environments.forget(keepDestroyedMs, LIMIT)),
    ];
  }

  start(): void {
    for (const loop of this.#loops) loop.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }
}
