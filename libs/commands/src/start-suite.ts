import { type AskedTestEnvironment, Problem } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import type { SuiteRun } from '@testmesh/store-postgres';
import type { Requester } from './deps.ts';
import { moveOn, type SuiteDeps } from './suite-progress.ts';

export interface SuiteStart {
  /** The same id again is the same run of the suite. */
  readonly id: string;
  readonly suiteId: string;
  readonly environment: string | null;
  readonly variables: ValueMap | Readonly<Record<string, unknown>>;
  /** Over what the suite says. */
  readonly testEnvironment?: AskedTestEnvironment | null;
  /** What asked for it, beside a person. */
  readonly trigger: { readonly kind: 'schedule'; readonly id: string } | null;
}

/** Keeps a run of a suite and asks for its first parts. */
export const startSuite = async (deps: SuiteDeps, caller: Requester, start: SuiteStart): Promise<SuiteRun> => {
  const { id, suiteId, environment, variables, testEnvironment = null, trigger } = start;
  const run = await deps.suiteRuns.add(caller.workspace, {
    id,
    suiteId,
    environment,
    variables: variables as ValueMap,
    testEnvironment,
    triggerKind: trigger?.kind ?? 'api',
    triggerId: trigger?.id ?? null,
    requestedBy: caller.actor,
  });
  if (run === undefined) throw new Problem('not-found', `there is no suite ${suiteId} in this workspace`);
  return moveOn(deps, run);
};
