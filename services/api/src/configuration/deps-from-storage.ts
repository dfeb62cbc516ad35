import { requestStoredRun } from '@testmesh/commands';
import type { Storage } from '@testmesh/service-kit';
import type { RunDeps } from '../runs/deps.ts';
import type { ConfigurationDeps } from './deps.ts';

/** Configuration over PostgreSQL; runs that suites and schedules ask for go the way of all runs. */
export const configurationDeps = (storage: Storage, runs: RunDeps): ConfigurationDeps => ({
  workspaces: storage.workspaces,
  members: storage.members,
  apiKeys: storage.apiKeys,
  flows: storage.flows,
  environments: storage.environments,
  suites: storage.suites,
  suiteRuns: storage.suiteRuns,
  schedules: storage.schedules,
  scheduleRuns: storage.scheduleRuns,
  runViews: storage.runViews,
  journal: storage.journal,
  blobs: storage.blobs,
  idempotency: storage.idempotency,
  clock: runs.clock,
  catalogue: runs.catalogue,
  run: requestStoredRun(runs),
});
