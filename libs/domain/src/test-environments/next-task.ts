import { unreachable } from '../kernel/unreachable.ts';
import type { TestEnvironmentState } from './test-environment-state.ts';

/** What has to be done about an environment in the cluster, told by its facts alone. */
export type EnvironmentTask =
  /** Begin to make it ready. */
  | 'provision'
  /** Look whether it is ready yet. */
  | 'follow'
  /** Look whether it is still there and well. */
  | 'check'
  /** Take away what is left of it. */
  | 'tear-down'
  | 'nothing';

export const nextTask = (state: TestEnvironmentState): EnvironmentTask => {
  if (state.status === 'absent' || state.status === 'destroyed') return 'nothing';
  if (state.destroying !== undefined) return state.status === 'running' ? 'nothing' : 'tear-down';
  switch (state.status) {
    case 'cold':
      // A failed one waits for somebody to ask for it again.
      return state.error === undefined ? 'provision' : 'nothing';
    case 'provisioning':
      return 'follow';
    case 'warm':
    case 'cooling':
    case 'running':
      return 'check';
    default:
      return unreachable(state);
  }
};
