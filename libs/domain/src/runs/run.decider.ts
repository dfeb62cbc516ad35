import { accept, type Decider, type Decision, refuse } from '../kernel/decider.ts';
import { unreachable } from '../kernel/unreachable.ts';
import type { RunEvent } from './run-event.ts';
import type { RunCommand, RunRefusal, RunState } from './run-state.ts';

// What may happen to a run, for whoever keeps the queue. Invariants:
// D1. One owner: a run is claimed from the queue only, and each claim raises its epoch by one.
// D2. Whoever does not hold the current epoch changes nothing.
// D3. A cancelled run that nobody owns ends in the same decision; one that is owned is ended by its owner after its teardown.
// D4. A run that lost its executor `maxAttempts` times is parked, never ended; unparking forgets the attempts.
// D5. `evolve` never refuses: history is fact.

type Decided = Decision<RunEvent, RunRefusal>;

export const runDecider: Decider<RunState, RunCommand, RunEvent, RunRefusal> = {
  initial: { status: 'absent' },

  decide(command, state): Decided {
    if (command.type === 'RequestRun') {
      return state.status === 'absent'
        ? accept({ type: 'RunRequested', ...command.request })
        : refuse('RunAlreadyRequested');
    }
    if (state.status === 'absent') return refuse('RunNotFound');
    if (state.status === 'finished') return refuse('RunFinished');
    switch (command.type) {
      case 'ClaimRun':
        if (state.status !== 'queued') return refuse('RunNotQueued');
        return accept({ type: 'RunClaimed', executor: command.executor, attempt: state.attempts + 1 });
      case 'ReleaseRun':
      case 'ExpireLease':
        return isHeld(state, command.epoch) ? takeBack(state, command) : refuse('RunNotOwned');
      case 'CancelRun':
        return cancel(state, command.by);
      case 'UnparkRun':
        return state.status === 'parked' ? accept({ type: 'RunUnparked', by: command.by }) : refuse('RunNotParked');
      default:
        return unreachable(command);
    }
  },

  evolve(state, event) {
    if (event.type === 'RunRequested') return { status: 'queued', epoch: 0, attempts: 0 };
    if (state.status === 'absent' || state.status === 'finished') return state;
    const { epoch, attempts } = state;
    switch (event.type) {
      case 'RunClaimed':
        return { status: 'running', epoch: epoch + 1, attempts: event.attempt, executor: event.executor };
      case 'RunReleased':
        // A hand-over in good order is no sign of a run that kills executors.
        return { status: 'queued', epoch, attempts: attempts - 1 };
      case 'RunLeaseExpired':
        return { status: 'queued', epoch, attempts };
      case 'RunCancelRequested':
        return state.status === 'running' ? { ...state, cancelledBy: event.by } : state;
      case 'RunParked':
        return { status: 'parked', epoch, attempts: event.attempts, reason: event.reason };
      case 'RunUnparked':
        return { status: 'queued', epoch, attempts: 0 };
      case 'RunCompleted':
        return { status: 'finished', verdict: event.verdict };
      default:
        return state;
    }
  },
};

type Owned = Extract<RunState, { readonly status: 'running' }>;
type Unfinished = Exclude<RunState, { readonly status: 'absent' | 'finished' }>;

const isHeld = (state: Unfinished, epoch: number): state is Owned =>
  state.status === 'running' && state.epoch === epoch;

type TakeBack = Extract<RunCommand, { readonly type: 'ReleaseRun' | 'ExpireLease' }>;

const takeBack = ({ executor, attempts }: Owned, command: TakeBack): Decided => {
  if (command.type === 'ReleaseRun') return accept({ type: 'RunReleased', executor, reason: command.reason });
  const expired: RunEvent = { type: 'RunLeaseExpired', executor };
  if (attempts < command.maxAttempts) return accept(expired);
  const reason = `${attempts} executors were lost while they ran it, the last one was ${executor}`;
  return accept<RunEvent>(expired, { type: 'RunParked', reason, attempts });
};

const cancel = (state: Unfinished, by: string): Decided => {
  const requested: RunEvent = { type: 'RunCancelRequested', by };
  if (state.status !== 'running') return accept<RunEvent>(requested, cancelledBeforeItRan(by));
  return state.cancelledBy === undefined ? accept(requested) : refuse('CancelAlreadyRequested');
};

/** The end of a run that nobody was running. */
export const cancelledBeforeItRan = (by: string): Extract<RunEvent, { readonly type: 'RunCompleted' }> => ({
  type: 'RunCompleted',
  verdict: 'cancelled',
  reason: `the run was cancelled by ${by} while nothing ran it`,
  teardown: { status: 'none' },
  outputs: {},
  durationMs: 0,
});
