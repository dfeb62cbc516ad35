import type { StepPath } from '@testmesh/domain';
import type { Step } from '@testmesh/flow';
import type { Frame, RunSteps } from '../frame.ts';
import { interruptionOf } from '../interruption.ts';
import { notRun } from '../names/not-run.ts';
import { prepareWaiting } from '../prepare-actions.ts';
import type { Failure } from '../run.ts';
import { runStep } from '../step/run-step.ts';

/** Runs steps one after the other; the first failure that nothing excused is the outcome. */
export const runSequence: RunSteps = async (steps, frame, { keepGoing = false } = {}) => {
  let first: Failure | undefined;
  for (const [at, step] of steps.entries()) {
    // What happened before the run was to end is remembered all the same.
    if (frame.signal.aborted && !frame.run.past.knows(pathOf(step, frame))) {
      frame.run.isCut ||= !frame.cleaning;
      notRun(steps.slice(at), frame);
      return first ?? interrupted(step, frame);
    }
    const failed = await runStep(step, frame);
    first ??= failed;
    if (first && !keepGoing) {
      notRun(steps.slice(at + 1), frame);
      return first;
    }
    await prepareWaiting(frame);
  }
  return first;
};

const pathOf = ({ id }: Step, { prefix }: Frame): StepPath => `${prefix}${id}` as StepPath;

const interrupted = (step: Step, frame: Frame): Failure => {
  const { error, message } = interruptionOf(frame.signal);
  return { path: pathOf(step, frame), status: 'error', message, error, defect: false };
};
