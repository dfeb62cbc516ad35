import type { AssertionRecord, StepError } from '@testmesh/domain';
import { type Condition, evaluateCondition, type Problem, type WaitUntilStep } from '@testmesh/flow';
import { type Limit, under } from '../deadline.ts';
import { interruptionOf } from '../interruption.ts';
import { StepScope } from '../names/step-scope.ts';
import { wasOver } from '../past/interrupted.ts';
import type { Failure } from '../run.ts';
import { asError, duration, StepProblem } from '../step/settings.ts';
import type { Attempt } from '../step/work.ts';
import type { Controlled } from './controls.ts';
import { insideOf } from './inside.ts';

// E77. The nested steps run, then the condition is judged, until it holds or max_duration has passed; a step that does not pass and a path that is not there both mean "not yet".
// E78. `stop_if` ends the wait at once as failed; so does a defect of the flow.
// E79. In vain, the report says what the condition last was, or that its path never existed.

interface Round {
  readonly holds: boolean;
  readonly stopped: boolean;
  /** Why the condition could not even be looked at. */
  readonly failure?: Failure | undefined;
  readonly missing?: Problem | undefined;
}

export const waitUntil = async (attempt: Attempt<WaitUntilStep>): Promise<Controlled> => {
  const { step, scope, frame, path, signal } = attempt;
  const { clock } = frame.run.ports;
  const interval = duration(step.intervalMs, scope);
  const ms = duration(step.maxDurationMs, scope);
  const limit: Limit = { ms, kind: 'wait-over', message: `the wait of ${ms} ms was over` };
  const wait = under(signal, clock, limit, wasOver(frame.run, path, limit));
  const isKnown = (index: number) => frame.run.past.tree.hasUnder(`${path}[${index}]/`);
  const begun = clock.monotonic();
  let everThere = false;
  let round: Round = { holds: false, stopped: false };
  let rounds = 0;
  try {
    while (!wait.signal.aborted || isKnown(rounds)) {
      round = await oneRound(attempt, rounds, wait.signal);
      rounds += 1;
      everThere ||= round.missing === undefined && round.failure === undefined;
      if (round.holds || round.stopped || round.failure?.defect) break;
      if (!isKnown(rounds)) await clock.sleep(interval, wait.signal).catch(() => undefined);
    }
  } finally {
    wait.dispose();
  }
  if (signal.aborted && !round.holds) throw interruptionOf(signal);
  const took = clock.monotonic() - begun;
  return conclusion(step, round, { rounds, everThere, took });
};

const oneRound = async (attempt: Attempt<WaitUntilStep>, index: number, signal: AbortSignal): Promise<Round> => {
  const { step, frame, path } = attempt;
  const inside = insideOf(attempt, { prefix: `${path}[${index}]/`, signal, excuse: 'not yet: the wait tries again' });
  const failure = await frame.runSteps(step.steps, inside);
  if (failure) return { holds: false, stopped: false, failure };
  const scope = new StepScope(frame, `${frame.run.input.seed}/${path}/${index}/condition`);
  const stop = step.stopIf ? verdict(step.stopIf, scope) : undefined;
  if (stop?.holds) return { holds: false, stopped: true };
  const { holds, missing } = verdict(step.condition, scope);
  return { holds, stopped: false, missing };
};

const verdict = (condition: Condition, scope: StepScope): { holds: boolean; missing?: Problem | undefined } => {
  const outcome = evaluateCondition(condition, scope);
  if (outcome.ok)
    return { holds: outcome.value.holds, missing: outcome.value.missing ? outcome.value.problem : undefined };
  // A name that only a nested step captures is not there yet either.
  if (scope.absent.length > 0) return { holds: false, missing: outcome.problem };
  throw new StepProblem(asError(outcome.problem, true));
};

interface Course {
  readonly rounds: number;
  readonly everThere: boolean;
  readonly took: number;
}

const conclusion = (step: WaitUntilStep, round: Round, { rounds, everThere, took }: Course): Controlled => {
  const { holds, stopped, failure } = round;
  const timedOut = !holds && !stopped;
  const output = {
    condition: step.condition.text,
    met: holds,
    attempts: rounds,
    timed_out: timedOut,
    duration_ms: took,
  };
  if (failure?.defect) return { output, nested: failure };
  if (timedOut && step.onTimeout === 'continue') return { output };
  const error = holds ? undefined : vain(step, round, everThere, took);
  return { output, implied: [expectation(step, holds, error)], error };
};

const vain = (
  step: WaitUntilStep,
  { stopped, failure, missing }: Round,
  everThere: boolean,
  took: number,
): StepError => {
  const { span } = step.condition;
  if (stopped)
    return { code: 'TM5051', message: `the wait was given up because stop_if holds: ${step.stopIf?.text}`, span };
  const after = `${step.condition.text} did not hold within ${Math.round(took)} ms`;
  const last = failure ? `${failure.path} did not pass: ${failure.message}` : missing?.message;
  const why = last === undefined ? '' : everThere ? `; at last ${last}` : `; it never existed: ${last}`;
  return { code: 'TM5050', message: `${after}${why}`, span };
};

const expectation = (step: WaitUntilStep, passed: boolean, error: StepError | undefined): AssertionRecord => ({
  expression: step.condition.text,
  group: 'implied',
  passed,
  ...(error && { message: error.message }),
  values: [],
  span: step.condition.span,
});
