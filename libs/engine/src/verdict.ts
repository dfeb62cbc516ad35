import type { StepError, Verdict } from '@testmesh/domain';
import type { Interruption } from './interruption.ts';
import type { PhasesOutcome } from './phases.ts';
import type { Failure } from './run.ts';

// What a run comes to. Invariants:
// E100. An interrupted run is cancelled or timed out, whatever else failed; one that lost what it held with its executor is an error.
// E101. A failure that nothing excused decides; a failed teardown fails a green run.
// E102. A run in which nothing was checked does not pass.
// E103. A run that passes although a step did not says which one.

export interface Conclusion {
  readonly verdict: Verdict;
  readonly reason?: string;
  readonly error?: StepError;
}

export interface Course extends PhasesOutcome {
  readonly checks: number;
  readonly excused: readonly string[];
}

export const conclude = ({ failure, interruption, teardown, checks, excused }: Course): Conclusion => {
  if (interruption) {
    if (interruption.kind === 'executor-lost' || interruption.kind === 'environment-lost')
      return stopped('error', interruption.message, interruption);
    const verdict = interruption.kind === 'flow-timeout' ? 'timed_out' : 'cancelled';
    const where = failure ? ` at ${failure.path}` : '';
    return stopped(verdict, `${interruption.message}${where}`, interruption);
  }
  if (teardown.failure?.error?.code === FORCED) {
    return { verdict: 'cancelled', reason: teardown.failure.message, error: teardown.failure.error };
  }
  if (failure) return failed(failure.status, sentence(failure), failure);
  if (teardown.failure) return failed('failed', `teardown failed: ${sentence(teardown.failure)}`, teardown.failure);
  if (checks === 0) return { verdict: 'failed', reason: NOTHING_CHECKED.message, error: NOTHING_CHECKED };
  if (excused.length === 0) return { verdict: 'passed' };
  return { verdict: 'passed', reason: `passed, although ${excused.join('; ')} (on_error: continue)` };
};

const FORCED = 'TM5006';

const NOTHING_CHECKED: StepError = {
  code: 'TM5070',
  message: 'nothing was checked: no assertion was judged and no step expects anything by itself',
  help: 'add an assert to a step',
};

const stopped = (verdict: Verdict, reason: string, { error }: Interruption): Conclusion => ({ verdict, reason, error });

const sentence = ({ path, message }: Failure): string => `${path}: ${message}`;

const failed = (verdict: Verdict, reason: string, { error }: Failure): Conclusion => ({
  verdict,
  reason,
  ...(error && { error }),
});
