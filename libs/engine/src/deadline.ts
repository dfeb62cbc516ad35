import type { Clock } from '@testmesh/ports';
import { Interruption, type InterruptionKind, interruptionOf } from './interruption.ts';

// How time limits and cancellation reach work in flight. Invariants:
// E20. An inner limit never outlives an outer one: a child signal aborts with its parent's reason.
// E21. Work that ignores its signal is abandoned after a grace, so a stuck driver cannot stop teardown.

/** How long aborted work may take to put things in order. */
const GRACE_MS = 5_000;

export interface Limit {
  readonly ms: number;
  readonly kind: InterruptionKind;
  readonly message: string;
}

/** A signal of our own under a parent's; `dispose` lets go of the parent and of the timer. */
export interface Scope {
  readonly signal: AbortSignal;
  readonly abort: (reason: Interruption) => void;
  readonly dispose: () => void;
}

/** With `isOver` the limit was reached before: nothing under it begins. */
export const under = (parent: AbortSignal, clock: Clock, limit?: Limit, isOver = false): Scope => {
  const control = new AbortController();
  let timer: AbortController | undefined;
  const follow = (): void => control.abort(interruptionOf(parent));
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  if (limit && !control.signal.aborted) {
    timer = new AbortController();
    const over = (): void => control.abort(new Interruption(limit.kind, limit.message));
    if (isOver) over();
    // The only rejection is our own dispose.
    clock.sleep(limit.ms, timer.signal).then(over, nothing);
  }
  return {
    signal: control.signal,
    abort: (reason) => control.abort(reason),
    dispose: () => {
      parent.removeEventListener('abort', follow);
      timer?.abort(NO_LONGER_NEEDED);
    },
  };
};

/** The parent's own signal when there is no limit: most steps have none, and pay nothing. */
export const within = (
  parent: AbortSignal,
  clock: Clock,
  limit: Limit | undefined,
  isOver = false,
): Omit<Scope, 'abort'> => (limit ? under(parent, clock, limit, isOver) : { signal: parent, dispose: nothing });

const nothing = (): void => undefined;

/** Waits for the work; once the signal has aborted, for no longer than the grace. Rejects as the work does, or with the signal's reason. */
export const settle = <T>(work: Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> =>
  new Promise((resolve, reject) => {
    let grace: AbortController | undefined;
    const abandon = (): void => {
      grace = new AbortController();
      clock.sleep(GRACE_MS, grace.signal).then(() => reject(interruptionOf(signal)), nothing);
    };
    const finish = (): void => {
      signal.removeEventListener('abort', abandon);
      grace?.abort(NO_LONGER_NEEDED);
    };
    if (signal.aborted) abandon();
    else signal.addEventListener('abort', abandon, { once: true });
    work.then(resolve, reject).finally(finish);
  });

// An abort without a reason would make an exception with a stack each time.
const NO_LONGER_NEEDED = 'no longer needed';
