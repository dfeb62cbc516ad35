// Which environment a run gets. Invariants:
// U1. A run that holds an environment gets that one again, whatever else is there.
// U2. A ready environment goes to whoever waited for it longest; nobody passes a run that waits for it.
// U3. A run told to wait keeps waiting for the same environment as long as that may still become ready.
// U4. A run that waited for a provisioning which failed is told of it; a run that comes later starts it again.
// U5. What is over keeps no run from a fresh one: a new life of the same context begins, as the last one was where nobody says more.
import { expiresAt, RECONCILER, SWEEP } from './test-environment.decider.ts';
import type { LiveEnvironment, TestEnvironmentState } from './test-environment-state.ts';

export type OnBusy = 'wait' | 'new' | 'fail';

/** An environment of the wanted context, with the runs that wait for it in the order they came. */
export interface Candidate {
  readonly id: string;
  readonly state: LiveEnvironment;
  readonly waiting: readonly WaitingRun[];
}

export interface WaitingRun {
  readonly run: string;
  /** Which provisioning of the environment it waits for. */
  readonly attempt: number;
}

export type Choice =
  | { readonly choice: 'held'; readonly id: string; readonly epoch: number }
  | { readonly choice: 'acquire'; readonly id: string }
  | { readonly choice: 'wait'; readonly id: string }
  /** Its provisioning failed before this run came: start it again and wait for it. */
  | { readonly choice: 'retry'; readonly id: string }
  | { readonly choice: 'register' }
  | { readonly choice: 'failed'; readonly id: string; readonly error: string }
  | { readonly choice: 'busy'; readonly id: string };

export interface Wanted {
  readonly run: string;
  readonly onBusy: OnBusy;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export const chooseEnvironment = ({ run, onBusy, now }: Wanted, candidates: readonly Candidate[]): Choice => {
  const held = candidates.find(({ state }) => state.status === 'running' && state.run === run);
  if (held !== undefined) return { choice: 'held', id: held.id, epoch: held.state.epoch };
  const usable = candidates.filter(({ state }) => mayBecomeReady(state, now));
  const own = usable.find((candidate) => isWaiting(run, candidate));
  if (own !== undefined) return goOnWaiting(run, own);
  const ready = usable.filter(({ state, waiting }) => isReady(state) && waiting.length === 0);
  const best = ready.toSorted((a, b) => preference(b.state) - preference(a.state))[0];
  if (best !== undefined) return { choice: 'acquire', id: best.id };
  return joinOrRegister(onBusy, usable);
};

const mayBecomeReady = (state: LiveEnvironment, now: number): boolean =>
  state.destroying === undefined && !isOver(state, now);

/** Nobody used it for its TTL. Whoever finds it so asks for its end: the sweep need not have come by. */
export const isOver = (state: LiveEnvironment, now: number): boolean =>
  (state.status === 'warm' || state.status === 'cooling') && state.destroying === undefined && expiresAt(state) < now;

/** It came to its end, or comes to it, without anybody's wish: a run that asks for its context has it made anew. */
export const endedByItself = (state: TestEnvironmentState): boolean => {
  const by = state.status === 'absent' ? undefined : state.destroying?.by;
  return by === SWEEP || by === RECONCILER;
};

const isReady = (state: LiveEnvironment): boolean =>
  (state.status === 'warm' || state.status === 'cooling') && state.error === undefined;

const isWaiting = (run: string, { waiting }: Candidate): boolean => waiting.some((other) => other.run === run);

const goOnWaiting = (run: string, { id, state, waiting }: Candidate): Choice => {
  const isFirst = waiting[0]?.run === run;
  if (isReady(state) && isFirst) return { choice: 'acquire', id };
  const awaited = waiting.find((other) => other.run === run)?.attempt ?? 0;
  const hasFailed = state.status === 'cold' && state.error !== undefined && state.attempts >= awaited;
  return hasFailed ? { choice: 'failed', id, error: state.error } : { choice: 'wait', id };
};

/** The provisioning that a run waits for which begins to wait now. */
export const awaitedAttempt = ({ status, attempts }: LiveEnvironment): number =>
  status === 'cold' ? attempts + 1 : attempts;

// A warm environment is known to be well; among equals the one that was used last has the longest time left.
const preference = ({ status, lastUsedAt }: LiveEnvironment): number => (status === 'warm' ? 1e15 : 0) + lastUsedAt;

const joinOrRegister = (onBusy: OnBusy, usable: readonly Candidate[]): Choice => {
  const shortest = usable.toSorted((a, b) => queueLength(a) - queueLength(b))[0];
  if (shortest === undefined) return { choice: 'register' };
  const { id, state } = shortest;
  if (queueLength(shortest) > 0) {
    if (onBusy === 'new') return { choice: 'register' };
    if (onBusy === 'fail') return { choice: 'busy', id };
  }
  return state.status === 'cold' && state.error !== undefined ? { choice: 'retry', id } : { choice: 'wait', id };
};

/** How many runs are before a new one. */
const queueLength = ({ state, waiting }: Candidate): number => waiting.length + (state.status === 'running' ? 1 : 0);
