import type { Value } from '@testmesh/domain';
import type { Step } from '@testmesh/flow';
import type { Frame } from '../frame.ts';
import { Memory } from '../names/memory.ts';
import type { Failure } from '../run.ts';
import { errorView } from './remember.ts';

// E18. `error_steps` run after a step that did not pass and see `error` and `failed_step`; a failure among them is one of its own.

export const runErrorSteps = async (step: Step, frame: Frame, failed: Failure): Promise<Failure | undefined> => {
  if (step.errorSteps.length === 0) return undefined;
  const inner = errorFrame(step, frame, failed);
  if (frame.signal.aborted && !frame.run.past.tree.hasUnder(inner.prefix)) return undefined;
  const outcome = await frame.runSteps(step.errorSteps, inner);
  frame.memory.absorb(inner.memory);
  return outcome;
};

/** Where the `error_steps` of a step stand; what they learn is absorbed afterwards. */
export const errorFrame = (step: Step, frame: Frame, failed: Failure): Frame => {
  const values = new Map<string, Value>([
    ['error', errorView(failed)],
    ['failed_step', { id: step.id, action: step.action, status: failed.status }],
  ]);
  return {
    ...frame,
    memory: new Memory(frame.memory, { cleaning: true }),
    locals: { values, parent: frame.locals },
    prefix: `${failed.path}/on_error/`,
    parent: failed.path,
  };
};
