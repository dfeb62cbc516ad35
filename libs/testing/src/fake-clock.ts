import type { Clock } from '@testmesh/ports';

/** A clock that moves only when told to. */
export interface FakeClock extends Clock {
  /** Moves time forward and wakes every sleeper whose time has come, in order. */
  readonly advance: (ms: number) => Promise<void>;
  /** How many sleep now. */
  readonly sleeping: () => number;
}

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** With `auto`, time jumps to the next sleeper whenever everything waits, so a test needs no `advance`. */
export const fakeClock = ({ start = Date.UTC(2030, 0, 1), auto = false } = {}): FakeClock => {
  let elapsed = 0;
  let jumping = false;
  const sleepers = new Set<Sleeper>();
  const next = (): Sleeper | undefined => [...sleepers].sort((a, b) => a.until - b.until)[0];
  const advance = async (ms: number): Promise<void> => {
    const target = elapsed + ms;
    for (let due = next(); due && due.until <= target; due = next()) {
      elapsed = due.until;
      due.wake();
      await settled();
    }
    elapsed = target;
  };
  const jump = async (): Promise<void> => {
    if (jumping) return;
    jumping = true;
    await settled();
    jumping = false;
    const due = next();
    if (!due) return;
    elapsed = Math.max(elapsed, due.until);
    due.wake();
    if (sleepers.size > 0) void jump();
  };
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = (): void => {
        sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = (): void => {
        sleepers.delete(sleeper);
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const sleeper: Sleeper = { until: elapsed + ms, wake };
      sleepers.add(sleeper);
      signal?.addEventListener('abort', stop, { once: true });
      if (auto) void jump();
    });
  return { now: () => start + elapsed, monotonic: () => elapsed, sleep, advance, sleeping: () => sleepers.size };
};

/** Lets every promise that can go on without time passing do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
