import { fireSlot, givenSecrets, requestStoredRun } from '@testmesh/commands';
import type { Storage } from '@testmesh/service-kit';
import type { RunDeps } from '../runs/deps.ts';
import type { ConfigurationDeps } from './deps.ts';

/** Configuration over PostgreSQL; runs that suites and schedules ask for go the way of all runs. */
export const configurationDeps = (storage: Storage, runs: RunDeps): ConfigurationDeps => {
  const suites = {
    suiteRuns: storage.suiteRuns,
    runViews: storage.runViews,
    run: requestStoredRun(runs),
    secretNames: givenSecrets({ ...runs, suites: storage.suites }),
    cancelRun: runs.queue.cancel,
    environments: storage.environments,
  };
  return {
    ...suites,
    workspaces: storage.workspaces,
    members: storage.members,
    apiKeys: storage.apiKeys,
    users: storage.users,
    invitations: storage.invitations,
    workspaceRules: storage.workspaceRules,
    flows: storage.flows,
    testEnvironments: storage.testEnvironments,
    suites: storage.suites,
    schedules: storage.schedules,
    scheduleRuns: storage.scheduleRuns,
    firings: storage.firings,
    fire: fireSlot({ ...suites, datasets: storage.datasets, datasetRuns: storage.datasetRuns }),
    channels: storage.channels,
    gitTriggerRules: storage.gitTriggerRules,
    gitDeliveries: storage.gitDeliveries,
    datasets: storage.datasets,
    datasetRuns: storage.datasetRuns,
    retention: storage.retentionSettings,
    notifications: storage.notifications,
    outbox: storage.outbox,
    journal: storage.journal,
    chains: storage.chains,
    servedPools: runs.servedPools,
    blobs: storage.blobs,
    idempotency: storage.idempotency,
    clock: runs.clock,
    catalogue: runs.catalogue,
  };
};
