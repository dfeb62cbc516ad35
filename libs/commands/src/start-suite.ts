import { type AskedTestEnvironment, type Placement, Problem } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import type { NewSuiteRun, SuiteRun } from '@testmesh/store-postgres';
import { type AskedEnvironment, environmentOfParts } from './confirmed-environment.ts';
import type { Requester } from './deps.ts';
import { moveOn, type SuiteDeps } from './suite-progress.ts';

export interface SuiteStart extends AskedEnvironment, Partial<Placement> {
  /** The same id again is the same run of the suite. */
  readonly id: string;
  readonly suiteId: string;
  readonly variables: ValueMap | Readonly<Record<string, unknown>>;
  /** Variables that were secret before. */
  readonly secretNames?: readonly string[];
  /** Over what the suite says. */
  readonly testEnvironment?: AskedTestEnvironment | null;
  /** What asked for it, beside a person. */
  readonly trigger: { readonly kind: 'schedule' | 'rerun' | 'webhook'; readonly id: string } | null;
  /** Parts of an earlier run, instead of those the suite has now. */
  readonly partsOf?: NewSuiteRun['partsOf'];
}

/** Keeps a run of a suite and asks for its first parts. */
export const startSuite = async (deps: SuiteDeps, caller: Requester, start: SuiteStart): Promise<SuiteRun> => {
  const { id, suiteId, testEnvironment = null, trigger, pool, priority } = start;
  const variables = start.variables as ValueMap;
  const before = await deps.suiteRuns.get(caller.workspace, suiteId, id);
  if (before !== undefined) return moveOn(deps, before);
  const environment = await environmentOfParts(deps.environments, caller.workspace, start);
  const given = { ...start, ...environment, flowId: null, variables };
  const run = await deps.suiteRuns.add(caller.workspace, {
    id,
    suiteId,
    ...environment,
    variables,
    secretNames: await deps.secretNames(caller.workspace, given),
    testEnvironment,
    pool,
    priority,
    triggerKind: trigger?.kind ?? 'api',
    triggerId: trigger?.id ?? null,
    requestedBy: caller.actor,
    partsOf: start.partsOf,
  });
  if (run === undefined) throw new Problem('not-found', `there is no suite ${suiteId} in this workspace`);
  return moveOn(deps, run);
};
