import type { Value } from '@testmesh/domain';
import type { ParallelStep } from '@testmesh/flow';
import { under } from '../deadline.ts';
import type { Frame } from '../frame.ts';
import { branchFailed } from '../interruption.ts';
import { notRun } from '../names/not-run.ts';
import { firstFailed, stoppedBy } from '../past/interrupted.ts';
import type { Failure } from '../run.ts';
import { wholeNumber } from '../step/settings.ts';
import type { Attempt } from '../step/work.ts';
import { atOnce } from './at-once.ts';
import type { Controlled } from './controls.ts';
import { branchOf, insideOf } from './inside.ts';

// E72. Branches run at the same time with the parent's names, memory and connections of their own; what they captured is the parent's when all have ended.
// E73. With fail_fast the first failure stops the other branches; without it all run to their end. Either way the step fails.

interface Branch {
  readonly name: string;
  readonly steps: ParallelStep['branches'][number]['steps'];
  readonly frame: Frame;
  state: { readonly status: 'passed' | 'failed' | 'not run'; readonly failure?: Failure };
}

export const runParallel = async (attempt: Attempt<ParallelStep>): Promise<Controlled> => {
  const { step, frame, path, signal, scope } = attempt;
  const { run } = frame;
  const limit = step.maxConcurrent ? wholeNumber(step.maxConcurrent, scope) : 0;
  const { tree } = run.past;
  const together = under(signal, run.ports.clock);
  const cause = stoppedBy(run, path);
  const earlier = firstFailed(run, path);
  if (cause !== undefined) together.abort(branchFailed(cause));
  const branches = step.branches.map(({ name, steps }): Branch => {
    const inner = insideOf(attempt, { prefix: `${path}/${name}/`, signal: together.signal });
    return { name, steps, frame: branchOf(inner, `${path}/${name}`), state: { status: 'not run' } };
  });
  let first: Failure | undefined;
  const job = (branch: Branch) => async (): Promise<void> => {
    const failure = await frame.runSteps(branch.steps, branch.frame);
    await run.resources.closeBranch(branch.frame.branch);
    branch.state = failure ? { status: 'failed', failure } : { status: 'passed' };
    if (!failure) return;
    if (!first || failure.path === earlier) first = failure;
    if (step.failFast) together.abort(branchFailed(first.path));
  };
  const isRuledOut = (at: number) => together.signal.aborted && !tree.hasUnder(branches[at]?.frame.prefix ?? '');
  await atOnce(branches.map(job), limit > 0 ? limit : branches.length, isRuledOut);
  together.dispose();
  for (const branch of branches) takeOver(branch, frame);
  return { output: outputOf(branches), nested: first };
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
