import type { ForEachStep } from '../model/flow.ts';
import type { Reading } from './reading.ts';

/** A loop over more than this has to say so with `max_iterations`: it would take the memory of the whole run. */
export const MOST_ITEMS = 100_000;

/** How many numbers a range has, both ends included. */
export const countOfRange = (start: number, end: number, step: number): number =>
  Math.max(0, Math.floor((end - start) / step) + 1);

/** A range whose numbers stand in the file is counted before anything runs. */
export const checkSize = (
  reading: Reading,
  { over, maxIterations }: { over: ForEachStep['over']; maxIterations?: ForEachStep['maxIterations'] | undefined },
): void => {
  if (over.kind !== 'range' || maxIterations?.kind === 'template') return;
  const { start, end, step } = over;
  if (start.kind === 'template' || end.kind === 'template' || step.kind === 'template') return;
  const count = countOfRange(start.value, end.value, step.value);
  const most = maxIterations?.value ?? MOST_ITEMS;
  if (count <= most) return;
  const message = `the range has ${count} numbers, and ${maxIterations ? '`max_iterations` allows' : 'a loop runs at most'} ${most}`;
  reading.findings.error('TM1111', end.span, message, { help: `max_iterations: ${count} allows as many` });
};
