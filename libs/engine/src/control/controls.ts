import type { AssertionRecord, StepError, ValueMap } from '@testmesh/domain';
import type { Step } from '@testmesh/flow';
import type { Failure } from '../run.ts';
import { judged } from '../step/judge.ts';
import { performAction } from '../step/perform-action.ts';
import { started } from '../step/started.ts';
import type { Attempt, Result } from '../step/work.ts';
import { runCondition } from './condition.ts';
import { runForEach } from './for-each.ts';
import { runParallel } from './parallel.ts';
import { runChildFlow } from './run-flow-step.ts';
import { waitUntil } from './wait-until.ts';

// E70. A step of control flow is a step: it has attempts, assertions, outputs and a timeout, and its nested steps are facts of their own under its path.

/** What a control flow step did, before its own assertions are judged. */
export interface Controlled {
  readonly output: ValueMap;
  readonly implied?: readonly AssertionRecord[];
  /** The nested step that stands in the way. */
  readonly nested?: Failure | undefined;
  /** An expectation of its own that does not hold: an empty list, a wait that was in vain. */
  readonly error?: StepError | undefined;
}

type Control<S extends Step> = (attempt: Attempt<S>) => Promise<Controlled>;

const control =
  <S extends Step>(run: Control<S>) =>
  async (attempt: Attempt<S>): Promise<Result> => {
    // A step that is entered again goes on: its nested steps know which of them have ended.
    if (attempt.frame.run.past.open(attempt.path)?.attempt === attempt.number) attempt.told.started = true;
    started(attempt, attempt.step.effect ?? 'repeatable');
    const options = await attempt.frame.flowRun.judgeOptions(attempt.step);
    const { implied = [], ...done } = await run(attempt);
    const judging = { attempt, aliases: {}, declared: Object.keys(done.output), options };
    return judged({ kind: 'completed', implied, checksByItself: false, ...done }, judging);
  };

const parallel = control(runParallel);
const forEach = control(runForEach);
const condition = control(runCondition);
const wait = control(waitUntil);
const childFlow = control(runChildFlow);

/** Carries a step out once, by its kind. */
export const attemptKind = (attempt: Attempt): Promise<Result> => {
  const { step } = attempt;
  switch (step.kind) {
    case 'action':
      return performAction({ ...attempt, step });
    case 'parallel':
      return parallel({ ...attempt, step });
    case 'for_each':
      return forEach({ ...attempt, step });
    case 'condition':
      return condition({ ...attempt, step });
    case 'wait_until':
      return wait({ ...attempt, step });
    case 'run_flow':
      return childFlow({ ...attempt, step });
  }
};
