import type { ActionCatalogue } from '@testmesh/flow';
import type { Clock, RunQueue, Wakeups } from '@testmesh/ports';
import { queueTopic } from '@testmesh/runtime';
import type { Storage } from '@testmesh/service-kit';
import { environmentText } from '@testmesh/store-postgres';
import { PERMISSIONS, type Permission } from './access/permissions.ts';
import { configurationRoutes } from './configuration/configuration-routes.ts';
import { configurationDeps } from './configuration/deps-from-storage.ts';
import type { ApiDeps } from './create-api.ts';
import type { LiveFeed } from './ports.ts';

export interface ApiSettings {
  readonly storage: Storage;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly catalogue: ActionCatalogue;
  readonly auth: ApiDeps['auth'];
  readonly version: string;
  readonly onFailure: ApiDeps['onFailure'];
  readonly requestsPerMinute?: number;
}

/** The API over PostgreSQL. */
export const apiFromStorage = (settings: ApiSettings): ApiDeps => {
  const deps = withoutConfiguration(settings);
  return { ...deps, routes: configurationRoutes(configurationDeps(settings.storage, deps)) };
};

const withoutConfiguration = ({ storage, wakeups, ...settings }: ApiSettings): ApiDeps => ({
  ...settings,
  journal: storage.journal,
  queue: waking(storage.queue, wakeups),
  blobs: storage.blobs,
  secrets: storage.runSecrets,
  runs: storage.runViews,
  idempotency: storage.idempotency,
  access: {
    ...storage.access,
    keysByPrefix: async (prefix) => {
      const keys = await storage.access.keysByPrefix(prefix);
      return keys.map((key) => ({ ...key, permissions: key.permissions.filter(isPermission) }));
    },
  },
  health: { database: storage.ping },
  live: liveFeed(wakeups),
  flows: {
    byId: async (workspace, id) => {
      const flow = await storage.flows.byId(workspace, id);
      return flow && { ...flow, files: new Map(Object.entries(flow.files)) };
    },
  },
  environments: {
    find: async (workspace, nameOrId) => {
      const environment = await storage.environments.open(workspace, nameOrId);
      return environment && environmentText(environment);
    },
  },
});

// A permission that this version does not know permits nothing.
const isPermission = (text: string): text is Permission => PERMISSIONS.some((permission) => permission === text);

/** Executors are told of a run once it is in the queue; a hint that is lost costs a poll. */
const waking = (queue: RunQueue, { wake }: Wakeups): RunQueue => ({
  ...queue,
  request: async (runs) => {
    const answers = await queue.request(runs);
    for (const pool of new Set(runs.map((run) => run.pool))) wake(queueTopic(pool));
    wake('journal');
    return answers;
  },
});

const liveFeed = ({ onWake }: Wakeups): LiveFeed => ({
  subscribe: (runId, listener) => onWake(`run.${runId}`, () => listener([])),
});
