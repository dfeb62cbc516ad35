import type { Effect, StepPath } from '@testmesh/domain';
import type { Step } from '@testmesh/flow';
import type { Frame } from '../frame.ts';
import type { Attempt } from './work.ts';

/** What every fact about a step says of it. */
export const identity = (step: Step, path: StepPath, frame: Frame) => {
  const plugin = frame.run.plugins.get(step.action);
  return {
    path,
    id: step.id,
    ...(step.title !== undefined && { title: step.title }),
    phase: frame.phase,
    action: step.action,
    ...(plugin !== undefined && { plugin }),
    span: step.span,
    ...(frame.parent !== undefined && { parent: frame.parent }),
  };
};

export const started = ({ step, path, frame, number, told }: Attempt, effect: Effect): void => {
  if (told.started) return;
  told.started = true;
  frame.run.past.tree.forgetWithin(path);
  frame.run.record({ type: 'StepStarted', ...identity(step, path, frame), attempt: number, effect });
};

/** What an attempt draws depends on nothing but the run's seed and where the attempt stands. */
export const seedOf = (frame: Frame, path: StepPath, attempt: number): string =>
  `${frame.run.input.seed}/${path}/${attempt}`;
