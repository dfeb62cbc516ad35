import type { StepPath } from '@testmesh/domain';
import type { Limit } from '../deadline.ts';
import { interruptionCode, stoppedBecause } from '../interruption.ts';
import type { Run } from '../run.ts';
import { EXCUSED } from './past.ts';
import type { StepFact } from './step-tree.ts';

// What had stopped work under an earlier owner stops it again, at once.
// E128. A limit that was reached, and a failure that stopped the other branches, are known by the steps they stopped:
//       so nothing begins that had been ruled out, and the others are remembered as they ended.

/** Whether a step's own limit was reached before. */
export const wasOver = ({ past, masker }: Run, path: StepPath, limit: Limit): boolean =>
  holds(past.tree.within(path), masker.text(limit.message), interruptionCode(limit.kind));

/** Whether the limit of a flow was reached before; without a path, that of the run's own flow. */
export const wasFlowOver = ({ past, masker }: Run, path: StepPath | undefined, limit: Limit): boolean => {
  const { tree } = past;
  const message = masker.text(limit.message);
  const code = interruptionCode(limit.kind);
  for (const fact of tree.children(path)) {
    if (fact.phase === 'teardown') continue;
    if (holds([fact, ...tree.within(fact.path)], message, code)) return true;
  }
  return false;
};

/** The failure that had stopped the other branches of a step. */
export const stoppedBy = (run: Run, path: StepPath): StepPath | undefined => {
  const first = firstFailed(run, path);
  if (first === undefined) return undefined;
  const message = run.masker.text(stoppedBecause(first));
  return holds(run.past.tree.within(path), message, interruptionCode('branch-failed')) ? first : undefined;
};

/** The first failure that reached a step from one of its branches. */
export const firstFailed = ({ past }: Run, path: StepPath): StepPath | undefined => {
  for (const fact of past.tree.within(path)) {
    const isFailed = fact.type === 'StepCompleted' && (fact.status === 'failed' || fact.status === 'error');
    if (isFailed && fact.reason !== EXCUSED && past.tree.branchStep(fact) === path) return fact.path;
  }
  return undefined;
};

const holds = (facts: Iterable<StepFact>, message: string, code: string): boolean => {
  for (const fact of facts) {
    if (fact.type === 'StepCompleted' && fact.error?.code === code && fact.error.message === message) return true;
  }
  return false;
};
