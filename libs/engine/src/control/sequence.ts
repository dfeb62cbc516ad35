import type { Step } from '@testmesh/flow';
import type { Frame } from '../frame.ts';
import { interruptionOf } from '../interruption.ts';
import { prepareWaiting } from '../prepare-actions.ts';
import type { Failure } from '../run.ts';
import { runStep } from '../step/run-step.ts';

export interface SequenceOptions {
  /** Goes on after a failure; cleaning up always does. */
  readonly keepGoing?: boolean;
}

/** Runs steps one after the other; the first failure that nothing excused is the outcome. */
export const runSequence = async (
  steps: readonly Step[],
  frame: Frame,
  { keepGoing = false }: SequenceOptions = {},
): Promise<Failure | undefined> => {
  let first: Failure | undefined;
  for (const [at, step] of steps.entries()) {
    if (frame.signal.aborted) {
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

/** Leaves the reason behind for names that steps never got to capture. */
export const notRun = (steps: readonly Step[], frame: Frame): void => {
  for (const step of steps) {
    frame.memory.missed(step, 'was not run');
    if (step.named && frame.flowRun.mentions(step.id)) {
      frame.memory.results.set(step.id, {
        view: { status: 'skipped', output: {} },
        status: 'skipped',
        without: `${step.id} has no result, it was not run`,
      });
    }
  }
};

const interrupted = (step: Step, frame: Frame): Failure => {
  const { error, message } = interruptionOf(frame.signal);
  return { path: `${frame.prefix}${step.id}` as Failure['path'], status: 'error', message, error, defect: false };
};
