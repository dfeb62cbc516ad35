// Lets old runs go.
// K1. A day of runs leaves the database when it is over for every workspace that has runs on it, and goes to the archive: it can
//     still be shown and audited from there. Without an archive it stays.
// K2. What lists show of a run goes with its workspace's own days.
// K3. One copy at a time; a fault of one part does not hold up the others.
import type { Clock, KeptDay, Random, Retention } from '@testmesh/ports';
import { Loop, type OnFault } from './loop.ts';

export interface RetentionLoopOptions {
  readonly retention: Retention;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
  readonly everyMs?: number;
  /** Told of every day that was archived. */
  readonly onArchived?: (day: string) => void;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** The days that no workspace with runs on them keeps any more. */
export const daysToArchive = (
  days: readonly KeptDay[],
  runsDays: ReadonlyMap<string, number>,
  now: number,
): readonly string[] => {
  const today = Math.floor(now / DAY_MS);
  const isOver = ({ day, workspaces }: KeptDay): boolean => {
    const age = today - Math.floor(Date.parse(day) / DAY_MS);
    return workspaces.every((workspace) => age > (runsDays.get(workspace) ?? Number.POSITIVE_INFINITY));
  };
  return days.filter((day) => day.workspaces.length > 0 && isOver(day)).map(({ day }) => day);
};

export class RetentionLoop {
  readonly #options: RetentionLoopOptions;
  readonly #loop: Loop;

  constructor(options: RetentionLoopOptions) {
    this.#options = options;
    const { clock, random, onFault, everyMs = HOUR_MS } = options;
    this.#loop = new Loop({
      name: 'retention',
      clock,
      random,
      leastRestMs: everyMs,
      mostRestMs: everyMs,
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

  /** Everything that is due; there is no more right after it. */
  async round(): Promise<boolean> {
    const { retention } = this.#options;
    await retention.alone(async () => {
      await this.#carefully('views', () => untilDone(retention.retire));
      await this.#carefully('secrets', () => retention.sweepSecrets());
      if (!retention.hasArchive) return;
      await this.#carefully('archive', () => this.#archive());
      await this.#carefully('bodies', () => untilDone(retention.sweepBlobs));
    });
    return false;
  }

  async #archive(): Promise<void> {
    const { retention, clock, onArchived } = this.#options;
    const due = daysToArchive(await retention.days(), await retention.runsDays(), clock.now());
    for (const day of due) {
      await this.#carefully(`archive of ${day}`, async () => {
        if ((await retention.archive(day)) === 'archived') onArchived?.(day);
      });
    }
  }

  async #carefully(part: string, work: () => Promise<unknown>): Promise<void> {
    await work().catch((error: unknown) => this.#options.onFault({ loop: `retention: ${part}`, error }));
  }
}

const untilDone = async (some: () => Promise<boolean>): Promise<void> => {
  while (await some());
};
