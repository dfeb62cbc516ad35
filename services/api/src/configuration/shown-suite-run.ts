import { outcomesOf } from '@testmesh/commands';
import type { SuiteRun } from '@testmesh/store-postgres';
import { partsWaitFor } from '../runs/waiting-for.ts';
import type { ConfigurationDeps } from './deps.ts';
import { suiteRunOf } from './suite-body.ts';

/** A run of a suite as it is now, with what its parts wait for. */
export const shownSuiteRun = async (deps: Pick<ConfigurationDeps, 'runViews' | 'servedPools'>, run: SuiteRun) => {
  const outcomes = await outcomesOf(deps, run);
  const isOpen = outcomes.some(({ status }) => status === 'pending');
  return { ...suiteRunOf(run, outcomes), waiting_for: await partsWaitFor(deps, run, isOpen) };
};
