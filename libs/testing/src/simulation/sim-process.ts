import type { Clock } from '@testmesh/ports';
import { type Faults, SimFault } from './faults.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Lease of a simulated run; a pause is longer. */
export const LEASE_MS = 3000;

const EPOCH = Date.UTC(2030, 0, 1);

/** What a client waits for an answer before it gives up. */
const ANSWER_LIMIT_MS = 2000;

/** The clock of the database: nobody's is skewed against it. */
export const databaseClock = (time: VirtualTime): Clock => ({
  now: () => EPOCH + time.now,
  monotonic: () => time.now,
  sleep: () => Promise.reject(new Error('the database does not sleep')),
});

/**
 * One process from its start to its crash. Everything it asks of the world takes time and may go wrong; once it has crashed,
 * nothing reaches it any more and nothing it waits for comes.
 */
export class SimProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly #time: VirtualTime;
  readonly #faults: Faults;
  readonly #onEnd: () => void;
  #isAlive = true;
  #pausedUntil = 0;

  constructor(name: string, time: VirtualTime, faults: Faults, onEnd: () => void) {
    this.name = name;
    this.#time = time;
    this.#faults = faults;
    this.#onEnd = onEnd;
    const skewMs = faults.between(-1500, 1500);
    this.clock = {
      now: () => EPOCH + time.now + skewMs,
      monotonic: () => time.now,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Ends it here and now, as SIGKILL does. */
  end(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#onEnd();
  }

  /** Asks something of the world. */
  call<T>(label: string, effect: () => T | Promise<T>): Promise<T> {
    if (!this.#isAlive) return NEVER;
    const faults = this.#faults;
    return new Promise((resolve, reject) => {
      const unknown = (): void => {
        this.deliver(ANSWER_LIMIT_MS, `${label} unknown`, () => reject(new SimFault(label)));
      };
      const answered = (value: T): void => {
        if (faults.hits('crashAfter')) this.end();
        else if (faults.hits('replyLost')) unknown();
        else this.deliver(faults.delay(), `${label} answered`, () => resolve(value));
      };
      const refused = (error: unknown): void => {
        this.deliver(faults.delay(), `${label} failed`, () => reject(error));
      };
      this.#time.after(faults.delay(), `${this.name} ${label}`, () => {
        if (faults.hits('crashBefore')) this.end();
        else if (faults.hits('requestLost')) unknown();
        else void Promise.resolve().then(effect).then(answered, refused);
      });
      if (faults.hits('pause')) this.#pausedUntil = this.#time.now + LEASE_MS * faults.between(0.5, 2.5);
    });
  }

  /** Lets something reach this process: after a pause if it is in one, never once it has ended. */
  deliver(ms: number, label: string, act: () => void): () => void {
    const arrive = (): void => {
      if (!this.#isAlive) return;
      const leftMs = this.#pausedUntil - this.#time.now;
      if (leftMs > 0) callOff = this.#time.after(leftMs, `${this.name} ${label}`, arrive);
      else act();
    };
    let callOff = this.#time.after(ms, `${this.name} ${label}`, arrive);
    return () => callOff();
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.#isAlive) return NEVER;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = (): void => {
        callOff();
        reject(signal?.reason);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const callOff = this.deliver(ms, 'wakes', wake);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }
}

const NEVER = new Promise<never>(() => undefined);
