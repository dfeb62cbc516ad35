import type { AttemptRecord, StepPath } from '@testmesh/domain';
import { evaluateCondition, type Step } from '@testmesh/flow';
import { attemptKind } from '../control/controls.ts';
import { type Limit, within } from '../deadline.ts';
import type { Frame } from '../frame.ts';
import { Interruption, interruptionOf } from '../interruption.ts';
import { StepScope } from '../names/step-scope.ts';
import type { Failure } from '../run.ts';
import { completed, skipped } from './complete.ts';
import { failure } from './judge.ts';
import { isRetryable, pauseAfter, type RetryPolicy, retryPolicy } from './retry.ts';
import { asError, duration, StepProblem } from './settings.ts';
import { started } from './started.ts';
import type { Attempt, Result } from './work.ts';

// One step from `when` to its StepCompleted. Invariants:
// E13. A step that is skipped says why; `when` must be a boolean that can be worked out.
// E14. Each attempt repeats rendering, action and assertions; `timeout` limits each, `max_elapsed` all of them.
// E15. An interrupted run is not retried, and nothing excuses an interruption or a defect.
// E16. While cleaning up, a step that needs a name nobody captured is skipped with the reason and adds no failure.

export const runStep = async (step: Step, frame: Frame): Promise<Failure | undefined> => {
  const path = `${frame.prefix}${step.id}` as StepPath;
  const begun = frame.run.ports.clock.monotonic();
  const skip = reasonToSkip(step, frame, path);
  if (typeof skip === 'string') return skipped(step, frame, path, skip);
  const attempts: AttemptRecord[] = [];
  const last = skip ?? (await tryStep(step, frame, path, attempts));
  if (last.result.status !== 'passed' && frame.phase === 'teardown' && last.result.absent !== undefined) {
    return skipped(step, frame, path, last.result.absent);
  }
  return completed({ step, frame, path, attempts, begun, ...last });
};

interface Tried {
  readonly result: Result;
  readonly scope: StepScope;
}

const reasonToSkip = (step: Step, frame: Frame, path: StepPath): string | Tried | undefined => {
  if (step.disabled) return 'disabled';
  if (!step.when) return undefined;
  const scope = new StepScope(frame, seedOf(frame, path, 0));
  const verdict = evaluateCondition(step.when, scope);
  const problem = verdict.ok ? (verdict.value.missing ? verdict.value.problem : undefined) : verdict.problem;
  const absent = scope.absent.at(-1);
  if (problem) return { result: failure('error', asError(problem, absent === undefined), { absent }), scope };
  return verdict.ok && verdict.value.holds ? undefined : `when: ${step.when.text} does not hold`;
};

const seedOf = (frame: Frame, path: StepPath, attempt: number): string => `${frame.run.input.seed}/${path}/${attempt}`;

const tryStep = async (step: Step, frame: Frame, path: StepPath, attempts: AttemptRecord[]): Promise<Tried> => {
  const { clock } = frame.run.ports;
  const begun = clock.monotonic();
  let scope = new StepScope(frame, seedOf(frame, path, 1));
  let policy: RetryPolicy;
  try {
    policy = retryPolicy(step.retry, () => scope);
  } catch (error) {
    return { result: problemResult(error), scope };
  }
  const all = within(frame.signal, clock, elapsedLimit(policy));
  try {
    for (let number = 1; ; number++) {
      if (number > 1) scope = new StepScope(frame, seedOf(frame, path, number));
      const from = clock.monotonic();
      const result = await attemptOnce({ step, frame, path, number, scope, signal: all.signal });
      attempts.push(attemptRecord(result, clock.monotonic() - from));
      const pause = pauseAfter(number, policy, () => scope.random().next());
      const over = number >= policy.maxAttempts || clock.monotonic() - begun + pause >= policy.maxElapsedMs;
      if (result.status === 'passed' || over || all.signal.aborted || !mayRetry(result, policy))
        return { result, scope };
      await clock.sleep(pause, all.signal).catch(() => undefined);
      if (all.signal.aborted) return { result: afterPause(result, all.signal), scope };
    }
  } finally {
    all.dispose();
  }
};

const elapsedLimit = ({ maxElapsedMs }: RetryPolicy): Limit | undefined =>
  Number.isFinite(maxElapsedMs)
    ? { ms: maxElapsedMs, kind: 'retries-over', message: `its attempts took longer than ${maxElapsedMs} ms together` }
    : undefined;

const mayRetry = (result: Result, policy: RetryPolicy): boolean =>
  result.status !== 'passed' &&
  isRetryable(
    {
      status: result.status,
      error: result.error,
      answered: result.output?.['status'],
      failures: failuresOf(result),
    },
    policy,
  );

// A pause cut short by the end of all attempts leaves the last attempt's own outcome.
const afterPause = (result: Result, signal: AbortSignal): Result => {
  const interruption = interruptionOf(signal);
  return interruption.isFinal ? failure('error', interruption.error, result) : result;
};

const attemptOnce = async (attempt: Attempt): Promise<Result> => {
  const { step, frame, scope } = attempt;
  let own: ReturnType<typeof within> | undefined;
  try {
    own = within(attempt.signal, frame.run.ports.clock, stepLimit(step, scope));
    return await attemptKind({ ...attempt, signal: own.signal });
  } catch (error) {
    const result = problemResult(error);
    started(attempt, 'repeatable');
    return result;
  } finally {
    own?.dispose();
  }
};

const stepLimit = ({ timeoutMs }: Step, scope: StepScope): Limit | undefined => {
  if (!timeoutMs) return undefined;
  const ms = duration(timeoutMs, scope);
  return { ms, kind: 'step-timeout', message: `it took longer than its timeout of ${ms} ms` };
};

const problemResult = (error: unknown): Result => {
  if (error instanceof StepProblem || error instanceof Interruption) return failure('error', error.error);
  throw error;
};

const failuresOf = ({ status, assertions }: Result): string[] =>
  status === 'passed' ? [] : assertions.filter(({ passed }) => !passed).map(({ expression }) => expression);

const attemptRecord = (result: Result, durationMs: number): AttemptRecord => ({
  status: result.status,
  durationMs,
  ...(result.error && { error: result.error }),
  failures: failuresOf(result),
});
