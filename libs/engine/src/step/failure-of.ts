import type { StepCompleted, StepError, StepPath, StepStatus } from '@testmesh/domain';
import type { Failure } from '../run.ts';
import { failureText } from './failure-text.ts';

interface Outcome {
  readonly status: StepStatus;
  readonly error?: StepError | undefined;
  readonly assertions: StepCompleted['assertions'];
}

/** What a step that did not pass comes to, in one sentence. */
export const failureOf = (path: StepPath, { status, error, assertions }: Outcome): Failure => ({
  path,
  status: status === 'error' ? 'error' : 'failed',
  message: error?.message ?? failedAssertions(assertions),
  error,
  defect: error?.defect ?? false,
});

const failedAssertions = (assertions: Outcome['assertions']): string => {
  const [first, ...others] = assertions.filter(({ passed }) => !passed);
  if (!first) return 'its assertions do not hold';
  return others.length === 0 ? failureText(first) : `${failureText(first)} (and ${others.length} more)`;
};
