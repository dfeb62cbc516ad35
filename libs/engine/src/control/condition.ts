import type { StepPath } from '@testmesh/domain';
import { type ConditionStep, evaluateCondition } from '@testmesh/flow';
import type { Frame } from '../frame.ts';
import { notRun } from '../names/not-run.ts';
import { asError, StepProblem } from '../step/settings.ts';
import type { Attempt } from '../step/work.ts';
import type { Controlled } from './controls.ts';
import { insideOf } from './inside.ts';

// E71. A condition must be a boolean that can be worked out; exactly one side runs, and the other is not run.
//      A side that was begun is gone on with, whatever the condition would say by now.

export const runCondition = async (attempt: Attempt<ConditionStep>): Promise<Controlled> => {
  const { step } = attempt;
  const frame = insideOf(attempt);
  const result = sideBegun(attempt, frame) ?? truthOf(step.condition, attempt);
  notRun(result ? step.else : step.then, frame);
  const nested = await frame.runSteps(result ? step.then : step.else, frame);
  const output = { condition: step.condition.text, result, branch: result ? 'then' : 'else' };
  return { output, nested };
};

const sideBegun = ({ step }: Attempt<ConditionStep>, { run, prefix }: Frame): boolean | undefined => {
  if (!run.past.tree.hasUnder(prefix)) return undefined;
  return step.then.some(({ id }) => run.past.knows(`${prefix}${id}` as StepPath));
};

const truthOf = (condition: ConditionStep['condition'], { scope }: Attempt): boolean => {
  const verdict = evaluateCondition(condition, scope);
  if (!verdict.ok) throw new StepProblem(asError(verdict.problem, scope.absent.length === 0));
  const { missing, problem, holds } = verdict.value;
  if (missing && problem) throw new StepProblem(asError(problem, scope.absent.length === 0));
  return holds;
};
