import { accept, type Decider, refuse } from '../kernel/decider.ts';
import { unreachable } from '../kernel/unreachable.ts';
import type { HealthCommand, HealthEvent, HealthRefusal, HealthState } from './health.ts';

// When people are told. Invariants:
// H1. Failing is told once, by the first failure, and recovery once, by the first pass after it, however many runs lie between.
// H2. Whatever passes first was never failing: nobody is told that it recovered.
// H3. A cancelled run says nothing of what it would have found; the run that was reported last is not counted again.

export const healthDecider: Decider<HealthState, HealthCommand, HealthEvent, HealthRefusal> = {
  initial: { status: 'unknown' },

  decide({ run, verdict, now }, state) {
    if (verdict === 'cancelled') return refuse('CancelledSaysNothing');
    if (state.status !== 'unknown' && state.lastRun === run) return refuse('OutcomeAlreadyReported');
    if (verdict !== 'passed') {
      return accept<HealthEvent>(
        state.status === 'failing' ? { type: 'StillFailed', run } : { type: 'BeganToFail', run, at: now },
      );
    }
    if (state.status !== 'failing') return accept<HealthEvent>({ type: 'Passed', run });
    return accept<HealthEvent>({ type: 'Recovered', run, since: state.since, failures: state.failures });
  },

  evolve(state, event) {
    switch (event.type) {
      case 'BeganToFail':
        return { status: 'failing', lastRun: event.run, since: event.at, failures: 1 };
      case 'StillFailed':
        return state.status === 'failing' ? { ...state, lastRun: event.run, failures: state.failures + 1 } : state;
      case 'Recovered':
      case 'Passed':
        return { status: 'passing', lastRun: event.run };
      default:
        return unreachable(event);
    }
  },
};
