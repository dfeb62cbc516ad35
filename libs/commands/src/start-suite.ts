import { type AskedTestEnvironment, Problem } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import type { NewSuiteRun, SuiteRun } from '@testmesh/store-postgres';
import { type AskedEnvironment, environmentOfParts } from './confirmed-environment.ts';
import type { Requester } from './deps.ts';
import { moveOn, type SuiteDeps } from './suite-progress.ts';

export interface SuiteStart extends AskedEnvironment {
  /** The same id again is the same run of the suite. */
  readonly id: string;
  readonly suiteId: string;
  readonly variables: ValueMap | Readonly<Record<string, unknown>>;
  /** Over what the suite says. */
  readonly testEnvironment?: AskedTestEnvironment | null;
  /** What asked for it, beside a person. */
  readonly trigger: { readonly kind: 'schedule' | 'rerun' | 'webhook'; readonly id: string } | null;
  /** Parts of an earlier run, instead of those the suite has now. */
  readonly partsOf?: NewSuiteRun['partsOf'];
}

/** Keeps a run of a suite and asks for its first parts. */
export const startSuite = async (deps: SuiteDeps, caller: Requester, start: SuiteStart): Promise<SuiteRun> => {
  const { id, suiteId, variables, testEnvironment = null, trigger } = start;
  const before = await deps.suiteRuns.get(caller.workspace, suiteId, id);
  if (before !== undefined) return moveOn(deps, before);
  const run = await deps.suiteRuns.add(caller.workspace, {
    id,
    suiteId,
    ...(await environmentOfParts(deps.environments, caller.workspace, start)),
    variables: variables as ValueMap,
    testEnvironment,
    triggerKind: trigger?.kind ?? 'api',
    triggerId: trigger?.id ?? null,
    requestedBy: caller.actor,
    partsOf: start.partsOf,
  });
  if (run === undefined) throw new Problem('not-found', `there is no suite ${suiteId} in this workspace`);
  return moveOn(deps, run);
};
