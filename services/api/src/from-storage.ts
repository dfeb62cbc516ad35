import { requestDeps } from '@testmesh/commands';
import type { ActionCatalogue } from '@testmesh/flow';
import type { Clock, Wakeups } from '@testmesh/ports';
import { ENVIRONMENTS_TOPIC } from '@testmesh/runtime';
import { isDatabaseTrouble, type Storage } from '@testmesh/service-kit';
import type { KnownKey } from '@testmesh/store-postgres';
import { PERMISSIONS, type Permission, ROLE_PERMISSIONS } from './access/permissions.ts';
import { agentsFromStorage } from './agents/from-storage.ts';
import { coverageRoutes } from './analytics/coverage-routes.ts';
import { configurationRoutes } from './configuration/configuration-routes.ts';
import { configurationDeps } from './configuration/deps-from-storage.ts';
import type { ApiDeps } from './create-api.ts';
import { readsFromStorage } from './graphql/reads-from-storage.ts';
import type { LiveFeed } from './ports.ts';
import { viewRoutes } from './views/view-routes.ts';

export interface ApiSettings {
  readonly storage: Storage;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly catalogue: ActionCatalogue;
  readonly auth: ApiDeps['auth'];
  readonly origins?: ApiDeps['origins'];
  readonly version: string;
  readonly onFailure: ApiDeps['onFailure'];
  readonly requestsPerMinute?: number;
  readonly counts?: ApiDeps['counts'];
  readonly trustedProxies?: ApiDeps['trustedProxies'];
  readonly answerMs?: number;
  readonly streamLimits?: ApiDeps['streamLimits'];
  /** What GraphQL allows. */
  readonly graphql?: ApiDeps['graphql'];
}

/** The API over PostgreSQL. */
export const apiFromStorage = (settings: ApiSettings): ApiDeps => {
  const deps = withoutConfiguration(settings);
  const { agentOf, routes } = agentsFromStorage(settings);
  const onTestEnvironmentWork = () => settings.wakeups.wake(ENVIRONMENTS_TOPIC);
  const configuration = { ...configurationDeps(settings.storage, deps), onTestEnvironmentWork };
  const { storage, wakeups } = settings;
  const views = [...coverageRoutes(storage), ...viewRoutes({ ...storage, wakeups })];
  return { ...deps, agentOf, routes: [...configurationRoutes(configuration), ...routes, ...views] };
};

const withoutConfiguration = ({ storage, wakeups, ...settings }: ApiSettings): ApiDeps => ({
  ...settings,
  ...requestDeps({ storage, wakeups, clock: settings.clock, catalogue: settings.catalogue }),
  runs: { ...storage.runViews, retired: storage.retentionSettings.retired },
  reads: readsFromStorage(storage),
  analytics: storage.analytics,
  access: {
    ...storage.access,
    sessionByHash: storage.users.sessionByHash,
    sessionUsed: storage.users.sessionUsed,
    keysByPrefix: async (prefix) => {
      const keys = await storage.access.keysByPrefix(prefix);
      return keys.map((key) => ({ ...key, permissions: permissionsOf(key) }));
    },
  },
  health: { database: storage.ping },
  live: liveFeed(wakeups),
  chains: storage.chains,
  servedPools: storage.servedPools,
  isPassing: isDatabaseTrouble,
});

/** A key that somebody made for themselves may do no more than they may now. */
const permissionsOf = ({ permissions, role }: KnownKey): readonly Permission[] =>
  permissions
    .filter(isPermission)
    .filter((permission) => role === undefined || ROLE_PERMISSIONS[role].includes(permission));

// A permission that this version does not know permits nothing.
const isPermission = (text: string): text is Permission => PERMISSIONS.some((permission) => permission === text);

const liveFeed = ({ onWake }: Wakeups): LiveFeed => ({
  subscribe: (runId, listener) => onWake(`run.${runId}`, () => listener([])),
});
