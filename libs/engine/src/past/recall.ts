import type { StepCompleted, StepPath } from '@testmesh/domain';
import type { Step } from '@testmesh/flow';
import type { Frame } from '../frame.ts';
import { Memory } from '../names/memory.ts';
import { notRun } from '../names/not-run.ts';
import type { Failure } from '../run.ts';
import { errorFrame, runErrorSteps } from '../step/error-steps.ts';
import { failureOf } from '../step/failure-of.ts';
import { isLookedInto, rememberFailed, rememberPassed, rememberSkipped } from '../step/remember.ts';
import { EXCUSED } from './past.ts';
import { restored } from './restore.ts';

// Steps that ended under an earlier owner, put into memory as if they had just ended. Invariants:
// E123. Nothing within a step that has ended is carried out or worked out anew: no condition, no template, no clock decides.
// E124. Only what its end may still have to cause goes on: its `error_steps`, and the steps after it.

/** Remembers a step that has ended, carries on with its `error_steps`, and says whether it stands in the way. */
export const recalled = async (
  step: Step,
  frame: Frame,
  path: StepPath,
  ended: StepCompleted,
): Promise<Failure | undefined> => {
  const failed = await recall(step, frame, path, ended);
  if (!failed) return undefined;
  const second = await runErrorSteps(step, frame, failed);
  return ended.excused && ended.reason === EXCUSED ? second : failed;
};

/** Remembers a step and all within it; what it comes to when it did not pass. */
const recall = async (step: Step, frame: Frame, path: StepPath, ended: StepCompleted): Promise<Failure | undefined> => {
  await recallNested(step, frame, path, ended);
  if (ended.status === 'skipped') {
    rememberSkipped(step, frame);
    return undefined;
  }
  const { message, ...left } = await restored(ended, frame.run, isLookedInto(step, frame));
  if (ended.status === 'passed') {
    rememberPassed(step, frame, left);
    return undefined;
  }
  const failed = failureOf(path, ended);
  const worded = message === undefined ? failed : { ...failed, message };
  rememberFailed(step, frame, left, worded);
  return worded;
};

const recallNested = async (step: Step, frame: Frame, path: StepPath, ended: StepCompleted): Promise<void> => {
  switch (step.kind) {
    // A child flow has a memory of its own, which ended with it.
    case 'action':
    case 'run_flow':
      return;
    case 'parallel':
      for (const { name, steps } of step.branches) await recallBranch(steps, within(frame, path, `/${name}/`), frame);
      return;
    case 'condition': {
      const side = sideTaken(ended);
      if (side === undefined) return;
      notRun(side ? step.else : step.then, frame);
      return recallSequence(side ? step.then : step.else, within(frame, path, '/'));
    }
    case 'for_each':
    case 'wait_until':
      for (const index of frame.run.past.tree.indexes(path)) {
        await recallSequence(step.steps, within(frame, path, `[${index}]/`));
      }
  }
};

const within = (frame: Frame, path: StepPath, more: string): Frame => ({
  ...frame,
  prefix: `${path}${more}`,
  parent: path,
});

const recallBranch = async (steps: readonly Step[], inner: Frame, frame: Frame): Promise<void> => {
  if (!frame.run.past.tree.hasUnder(inner.prefix)) return notRun(steps, frame);
  const memory = new Memory(frame.memory);
  await recallSequence(steps, { ...inner, memory });
  frame.memory.absorb(memory);
};

const sideTaken = ({ output }: StepCompleted): boolean | undefined => {
  const taken = (output as { readonly branch?: unknown } | undefined)?.branch;
  return taken === 'then' ? true : taken === 'else' ? false : undefined;
};

const recallSequence = async (steps: readonly Step[], frame: Frame): Promise<void> => {
  for (const step of steps) {
    const path = `${frame.prefix}${step.id}` as StepPath;
    const ended = frame.run.past.ended(path);
    if (!ended) {
      notRun([step], frame);
      continue;
    }
    const failed = await recall(step, frame, path, ended);
    if (failed) await recallErrorSteps(step, frame, failed);
  }
};

const recallErrorSteps = async (step: Step, frame: Frame, failed: Failure): Promise<void> => {
  if (!frame.run.past.tree.hasUnder(`${failed.path}/on_error/`)) return;
  const inner = errorFrame(step, frame, failed);
  await recallSequence(step.errorSteps, inner);
  frame.memory.absorb(inner.memory);
};
