import type { ValueMap } from '@testmesh/domain';
import type { SuiteRun } from '@testmesh/store-postgres';
import type { Caller } from '../http/route.ts';
import type { ConfigurationDeps } from './deps.ts';
import { found } from './refusals.ts';
import { moveOn } from './suite-progress.ts';

export interface SuiteStart {
  /** The same id again is the same run of the suite. */
  readonly id: string;
  readonly suiteId: string;
  readonly environment: string | null;
  readonly variables: ValueMap | Readonly<Record<string, unknown>>;
  /** What asked for it, beside a person. */
  readonly trigger: { readonly kind: 'schedule'; readonly id: string } | null;
}

/** Keeps a run of a suite and asks for its first parts. */
export const startSuite = async (deps: ConfigurationDeps, caller: Caller, start: SuiteStart): Promise<SuiteRun> => {
  const { id, suiteId, environment, variables, trigger } = start;
  const run = await deps.suiteRuns.add(caller.workspace, {
    id,
    suiteId,
    environment,
    variables: variables as ValueMap,
    triggerKind: trigger?.kind ?? 'api',
    triggerId: trigger?.id ?? null,
    requestedBy: caller.actor,
  });
  return moveOn(deps, found(run, `suite ${suiteId}`));
};
