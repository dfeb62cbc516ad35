import type { StepReport } from './run-report.ts';

/** Every step with its nested ones, depth first. */
export const allSteps = (steps: readonly StepReport[]): readonly StepReport[] =>
  steps.flatMap((step) => [step, ...allSteps(step.steps)]);
