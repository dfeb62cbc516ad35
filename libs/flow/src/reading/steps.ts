import { readStep } from './step.ts';
import type { StepReading } from './step-reading.ts';
import { wrongKind } from './values.ts';

/** Gives a phase its reader of lists of steps; nested lists come back to it. */
export const stepReading = (shared: Omit<StepReading, 'steps'>): StepReading => {
  const reading: StepReading = {
    ...shared,
    steps: (entry) => {
      if (entry === undefined) return [];
      if (entry.value.kind === 'list') return entry.value.items.flatMap((item) => readStep(reading, item) ?? []);
      return wrongKind(reading, entry, 'a list of steps') ?? [];
    },
  };
  return reading;
};
