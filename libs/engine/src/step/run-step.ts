import type { AttemptRecord, StepPath } from '@testmesh/domain';
import { evaluateCondition, type Step } from '@testmesh/flow';
import { attemptKind } from '../control/controls.ts';
import { type Limit, within } from '../deadline.ts';
import type { Frame } from '../frame.ts';
import { Interruption, interruptionOf } from '../interruption.ts';
import { StepScope } from '../names/step-scope.ts';
import { recalled } from '../past/recall.ts';
import type { Failure } from '../run.ts';
import { completed, skipped, toMicroseconds } from './complete.ts';
import { failure } from './judge.ts';
import { isRetryable, pauseAfter, type RetryPolicy, retryPolicy } from './retry.ts';
import { asError, duration, StepProblem } from './settings.ts';
import { seedOf, started } from './started.ts';
import { unknownOutcome } from './unknown-outcome.ts';
import type { Attempt, Result, Tried } from './work.ts';

// One step from `when` to its StepCompleted. Invariants:
// E13. A step that is skipped says why; `when` must be a boolean that can be worked out.
// E14. Each attempt repeats rendering, action and assertions; `timeout` limits each, `max_elapsed` all of them.
// E15. An interrupted run is not retried, and nothing excuses an interruption or a defect.
// E16. While cleaning up, a step that needs a name nobody captured is skipped with the reason and adds no failure.

export const runStep = async (step: Step, frame: Frame): Promise<Failure | undefined> => {
  const path = `${frame.prefix}${step.id}` as StepPath;
  const { past, ports } = frame.run;
  const ended = past.ended(path);
  if (ended) return recalled(step, frame, path, ended);
  const begun = ports.clock.monotonic();
  const skip = past.knows(path) ? undefined : reasonToSkip(step, frame, path);
  if (typeof skip === 'string') return skipped(step, frame, path, skip);
  const attempts: AttemptRecord[] = [];
  const last = skip ?? (await unknownOutcome(step, frame, path)) ?? (await tryStep(step, frame, path, attempts));
  if (last.result.status !== 'passed' && frame.phase === 'teardown' && last.result.absent !== undefined) {
    return skipped(step, frame, path, last.result.absent);
  }
  return completed({ step, frame, path, attempts, begun, ...last });
};

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
    for (let number = frame.run.past.open(path)?.attempt ?? 1; ; number++) {
      if (number > 1) scope = new StepScope(frame, seedOf(frame, path, number));
      const from = clock.monotonic();
      const result = await attemptOnce({
        step,
        frame,
        path,
        number,
        scope,
        signal: all.signal,
        told: { started: false },
      });
      attempts.push(attemptRecord(result, toMicroseconds(clock.monotonic() - from)));
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
  if (isTooLate(attempt)) return failure('error', interruptionOf(attempt.signal).error);
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

// The run was to end before its owner died in the middle of this step: it is not carried out again only to be stopped.
const isTooLate = ({ step, frame, path, signal }: Attempt): boolean => {
  const tooLate = signal.aborted && step.kind === 'action' && frame.run.past.knows(path);
  frame.run.isCut ||= tooLate && !frame.cleaning;
  return tooLate;
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
