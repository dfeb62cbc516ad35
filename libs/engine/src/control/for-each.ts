import type { StepError, Value } from '@testmesh/domain';
import type { ForEachStep } from '@testmesh/flow';
import type { Frame } from '../frame.ts';
import { countFrom1 } from '../step/settings.ts';
import type { Attempt } from '../step/work.ts';
import type { Controlled } from './controls.ts';
import { branchOf, insideOf, withLocals } from './inside.ts';
import { itemsOf } from './items.ts';
import { Together } from './together.ts';

// E74. Items come from a list, a range (both ends included), a glob or the rows of a file; none at all fails the step unless allow_empty.
// E75. The first iteration that fails ends the loop, or with continue_on_error none does; the step fails all the same.
// E76. One at a time, an iteration sees what the last one captured; several at once see what was there before the loop.

interface Iteration {
  readonly index: number;
  readonly item: Value;
  readonly status: 'passed' | 'failed';
  readonly captured: Readonly<Record<string, Value>>;
}

export const runForEach = async (attempt: Attempt<ForEachStep>): Promise<Controlled> => {
  const { step, frame, path, scope } = attempt;
  const items = await itemsOf(attempt);
  const limit = countFrom1(step.maxConcurrent, scope);
  if (items.length === 0) return { output: outputOf([], 0), error: step.allowEmpty ? undefined : nothingToDo(step) };
  const together = new Together(attempt);
  const iterations: Iteration[] = [];
  const frames: Frame[] = [];
  const iterate = async (item: Value, index: number): Promise<void> => {
    const inner = iterationFrame(attempt, item, index, together.signal, limit);
    if (limit > 1) frames[index] = inner;
    const before = new Map(inner.memory.captured);
    const failure = await inner.runSteps(step.steps, inner);
    if (limit > 1) await frame.run.resources.closeBranch(inner.branch);
    iterations[index] = { index, item, status: failure ? 'failed' : 'passed', captured: newIn(inner, before) };
    if (failure) together.failed(failure, { stopOthers: !step.continueOnError || failure.defect });
  };
  const jobs = items.map((item, at) => ({ prefix: `${path}[${at}]/`, run: () => iterate(item, at) }));
  await together.all(jobs, limit);
  for (const inner of frames) if (inner) frame.memory.absorb(inner.memory);
  return { output: outputOf(iterations, items.length), nested: together.first };
};

const iterationFrame = (
  attempt: Attempt<ForEachStep>,
  item: Value,
  index: number,
  signal: AbortSignal,
  limit: number,
): Frame => {
  const { step, path } = attempt;
  const inner = insideOf(attempt, { prefix: `${path}[${index}]/`, signal });
  const values = new Map<string, Value>([
    [step.itemName, item],
    [step.indexName, index],
  ]);
  return withLocals(limit > 1 ? branchOf(inner, `${path}[${index}]`) : inner, values);
};

const newIn = ({ memory }: Frame, before: ReadonlyMap<string, Value>): Record<string, Value> =>
  Object.fromEntries([...memory.captured].filter(([name, value]) => before.get(name) !== value));

const nothingToDo = ({ span }: ForEachStep): StepError => ({
  code: 'TM5040',
  message: 'there was nothing to loop over, so nothing was checked',
  span,
  help: 'say allow_empty: true if an empty list is fine',
});

const outputOf = (iterations: readonly (Iteration | undefined)[], count: number): Record<string, Value> => {
  const done = iterations.filter((iteration) => iteration !== undefined);
  return {
    count,
    items_processed: done.length,
    passed: done.filter(({ status }) => status === 'passed').length,
    failed: done.filter(({ status }) => status === 'failed').length,
    results: done.map(({ index, item, status, captured }) => ({ index, item, status, output: captured })),
  };
};
