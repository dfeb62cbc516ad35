import type { Step } from '@testmesh/flow';
import type { Frame } from '../frame.ts';

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
