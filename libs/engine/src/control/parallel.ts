import type { Value } from '@testmesh/domain';
import type { ParallelStep } from '@testmesh/flow';
import type { Frame } from '../frame.ts';
import { notRun } from '../names/not-run.ts';
import type { Failure } from '../run.ts';
import { countFrom1 } from '../step/settings.ts';
import type { Attempt } from '../step/work.ts';
import type { Controlled } from './controls.ts';
import { branchOf, insideOf } from './inside.ts';
import { Together } from './together.ts';

// E72. Branches run at the same time with the parent's names, memory and connections of their own; what they captured is the parent's when all have ended.
// E73. With fail_fast the first failure stops the other branches; without it all run to their end. Either way the step fails.

interface Branch {
  readonly name: string;
  readonly steps: ParallelStep['branches'][number]['steps'];
  readonly frame: Frame;
  state: { readonly status: 'passed' | 'failed' | 'not run'; readonly failure?: Failure };
}

export const runParallel = async (attempt: Attempt<ParallelStep>): Promise<Controlled> => {
  const { step, frame, path, scope } = attempt;
  const { resources } = frame.run;
  const limit = step.maxConcurrent ? countFrom1(step.maxConcurrent, scope) : step.branches.length;
  const together = new Together(attempt);
  const branches = step.branches.map(({ name, steps }): Branch => {
    const inner = insideOf(attempt, { prefix: `${path}/${name}/`, signal: together.signal });
    return { name, steps, frame: branchOf(inner, `${path}/${name}`), state: { status: 'not run' } };
  });
  const follow = async (branch: Branch): Promise<void> => {
    const failure = await frame.runSteps(branch.steps, branch.frame);
    await resources.closeBranch(branch.frame.branch);
    branch.state = failure ? { status: 'failed', failure } : { status: 'passed' };
    if (failure) together.failed(failure, { stopOthers: step.failFast });
  };
  const jobs = branches.map((branch) => ({ prefix: branch.frame.prefix, run: () => follow(branch) }));
  await together.all(jobs, limit);
  for (const branch of branches) takeOver(branch, frame);
  return { output: outputOf(branches), nested: together.first };
};

const takeOver = ({ steps, frame, state }: Branch, parent: Frame): void => {
  if (state.status === 'not run') notRun(steps, frame);
  parent.memory.absorb(frame.memory);
};

const outputOf = (branches: readonly Branch[]): Record<string, Value> => ({
  branches_total: branches.length,
  branches_failed: branches.filter(({ state }) => state.status === 'failed').length,
  ...Object.fromEntries(
    branches.map(({ name, state, frame }) => [
      name,
      {
        status: state.status,
        output: { ...Object.fromEntries(frame.memory.captured), ...frame.memory.ownSteps() },
        ...(state.failure && { error: state.failure.message }),
      },
    ]),
  ),
});
