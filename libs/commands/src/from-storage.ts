import type { ActionCatalogue } from '@testmesh/flow';
import type { Clock, RunQueue, Wakeups } from '@testmesh/ports';
import { queueTopic } from '@testmesh/runtime';
import type { Storage } from '@testmesh/service-kit';
import { environmentText } from '@testmesh/store-postgres';
import type { RequestDeps } from './deps.ts';
import { givenSecrets } from './given-secrets.ts';
import { requestStoredRun } from './request-stored-run.ts';
import type { DatasetStartDeps } from './start-dataset.ts';
import type { SuiteDeps } from './suite-progress.ts';

export interface CommandSettings {
  readonly storage: Storage;
  readonly wakeups: Pick<Wakeups, 'wake'>;
  readonly clock: Clock;
  readonly catalogue: ActionCatalogue;
}

/** Asking for runs over PostgreSQL. */
export const requestDeps = ({ storage, wakeups, clock, catalogue }: CommandSettings) =>
  ({
    journal: storage.journal,
    queue: waking(storage.queue, wakeups),
    blobs: storage.blobs,
    secrets: storage.runSecrets,
    idempotency: storage.idempotency,
    clock,
    catalogue,
    flows: {
      byId: async (workspace, id) => {
        const flow = await storage.flows.byId(workspace, id);
        return flow && { ...flow, files: new Map(Object.entries(flow.files)) };
      },
    },
    environments: {
      find: async (workspace, nameOrId) => {
        const environment = await storage.environments.open(workspace, nameOrId);
        return environment && { ...environmentText(environment), isProtected: environment.protected };
      },
    },
  }) satisfies RequestDeps;

/** Suites, and what schedules fire, over PostgreSQL. */
export const suiteDeps = (settings: CommandSettings): SuiteDeps => {
  const requesting = requestDeps(settings);
  return {
    suiteRuns: settings.storage.suiteRuns,
    runViews: settings.storage.runViews,
    environments: settings.storage.environments,
    run: requestStoredRun(requesting),
    secretNames: givenSecrets({ ...requesting, suites: settings.storage.suites }),
    cancelRun: settings.storage.queue.cancel,
  };
};

/** Runs over datasets, over PostgreSQL. */
export const datasetDeps = (settings: CommandSettings): DatasetStartDeps => ({
  datasets: settings.storage.datasets,
  datasetRuns: settings.storage.datasetRuns,
  environments: settings.storage.environments,
  run: requestStoredRun(requestDeps(settings)),
  cancelRun: settings.storage.queue.cancel,
});

/** Executors are told of a run once it is in the queue; a hint that is lost costs a poll. */
const waking = (queue: RunQueue, { wake }: Pick<Wakeups, 'wake'>): RunQueue => ({
  ...queue,
  request: async (runs) => {
    const answers = await queue.request(runs);
    for (const pool of new Set(runs.map((run) => run.pool))) wake(queueTopic(pool));
    wake('journal');
    return answers;
  },
});
