import { hostname } from 'node:os';
import { type ApiDeps, apiFromStorage, createApi, createMetrics, firstKey as firstKeyOf } from '@testmesh/api';
import { localWakeups } from '@testmesh/bus-local';
import { builtInActions, type KnownActions } from '@testmesh/catalogue';
import { sendToChannels } from '@testmesh/channels';
import { datasetDeps, fireSlot, moveDatasetsOn, moveSuitesOn, suiteDeps } from '@testmesh/commands';
import { createEnvManager } from '@testmesh/env-manager';
import { bundleSource, createExecutor, outboundOf } from '@testmesh/executor';
import { createProjections } from '@testmesh/graph';
import { schemaCheck } from '@testmesh/json-schema-ajv';
import { serverActions } from '@testmesh/plugins';
import type { Wakeups } from '@testmesh/ports';
import { newRunId, seededRandom, systemClock } from '@testmesh/runtime';
import { createScheduler, messagePolicy } from '@testmesh/scheduler';
import {
  faultLog,
  healthFrom,
  isDatabaseTrouble,
  type Log,
  type Migrations,
  masterKeys,
  openStorage,
  type Storage,
} from '@testmesh/service-kit';
import { RUN_VIEWS } from '@testmesh/store-postgres';
import { openTelemetry, outcomesReader, shownViewsReader, type Telemetry } from '@testmesh/telemetry';
import { version } from '../version.ts';
import type { Surroundings } from './surroundings.ts';

// Every service of the platform in one process, over one PostgreSQL. What runs here are the same loops and routes that
// the services run on many machines; only wake-ups stay inside.

export interface PlatformSettings {
  readonly databaseUrl: string;
  readonly encryptionKeys: string;
  readonly host: string;
  readonly port: number;
  readonly auth: 'keys' | 'loopback';
  /** Runs at once. */
  readonly slots: number;
  readonly log: Log;
  /** What the operator says by variables. */
  readonly surroundings: Surroundings;
  readonly migrations?: Migrations;
  /** Folder of runs that left the database. */
  readonly archive: string;
}

export interface Platform {
  readonly url: string;
  /** Shown once: the first key of a new installation. */
  readonly firstKey: string | undefined;
  readonly stop: () => Promise<void>;
}

const LEASE_MS = 15_000;
const DRAIN_MS = 10_000;

/** Starts everything; serving when the promise is fulfilled. */
export const startPlatform = async (settings: PlatformSettings): Promise<Platform> => {
  const { log, host, port } = settings;
  await using started = new AsyncDisposableStack();
  const actions = await serverActions(builtInActions, process.env);
  const storage = await openStorage({
    url: settings.databaseUrl,
    keys: masterKeys(settings.encryptionKeys),
    clock: systemClock,
    connections: 20,
    application: NAME,
    archive: settings.archive,
    maxRunning: settings.surroundings.maxRunning,
    ...(settings.migrations && { migrations: settings.migrations }),
    onLost: (error) => log.warn({ err: error }, 'a connection to PostgreSQL broke'),
  });
  started.defer(storage.close);
  await storage.workspaces.ensureDefault();
  await storage.boundWorkspaces();
  const resealed = await storage.reseal();
  if (resealed > 0) log.info({ resealed }, 'sealed with the current key what another one had sealed');
  const telemetry = await watch(storage, log, started);
  const parts: Parts = {
    storage,
    telemetry,
    actions,
    wakeups: localWakeups(),
    onFault: telemetry.faults(faultLog(log)),
  };

  const projections = projectionsOf(parts, log);
  await projections.start();
  started.defer(projections.stop);
  const executor = executorOf(parts, settings);
  telemetry.watchExecutor(executor, settings.slots);
  executor.start();
  started.defer(() => executor.drain(DRAIN_MS));
  const scheduler = schedulerOf(parts, settings);
  scheduler.start();
  started.defer(scheduler.stop);
  const envManager = envManagerOf(parts, settings);
  envManager.start();
  started.defer(envManager.stop);
  const api = await createApi(apiOf(parts, settings));
  started.defer(() => api.close());
  await api.listen(port, host);

  const firstKey = await firstKeyOf(storage);
  const running = started.move();
  return { url: await api.getUrl(), firstKey, stop: () => running.disposeAsync() };
};

interface Parts {
  readonly storage: Storage;
  readonly actions: KnownActions;
  readonly telemetry: Telemetry;
  readonly wakeups: Wakeups;
  readonly onFault: ReturnType<typeof faultLog>;
}

const NAME = `${hostname()}-${process.pid}`;

/** Metrics are served beside the API, and with TESTMESH_HEALTH_PORT on a port of their own; traces go where OTEL_… says. */
const watch = async (storage: Storage, log: Log, started: AsyncDisposableStack): Promise<Telemetry> => {
  const telemetry = await openTelemetry({ service: 'testmesh', environment: process.env, clock: systemClock, log });
  started.defer(telemetry.close);
  telemetry.watchJournal(storage.figures, [
    shownViewsReader(storage.views, storage.viewSets, RUN_VIEWS),
    outcomesReader(storage.endedRuns, storage.outcomes(newRunId)),
  ]);
  const health = await healthFrom(process.env, log);
  if (health !== undefined) {
    started.defer(health.close);
    health.needs('database', storage.ping);
    health.page('/metrics', telemetry.page);
    health.setReady(true);
  }
  return telemetry;
};

const projectionsOf = (parts: Parts, log: Log) =>
  createProjections({
    ...parts,
    clock: systemClock,
    onProgress: (words, { requestedBy }) => log.info({ requestedBy }, words),
    onParked: (stream, ver, error) => log.error({ stream, ver }, `the view of ${stream} was set aside: ${error}`),
  });

const executorOf = (
  { storage, telemetry, actions, wakeups, onFault }: Parts,
  { slots, log, surroundings }: PlatformSettings,
) =>
  createExecutor({
    isPassing: isDatabaseTrouble,
    name: NAME,
    pools: ['default'],
    slots,
    leaseMs: LEASE_MS,
    journal: telemetry.journal(storage.journal),
    queue: telemetry.queue(storage.queue),
    blobs: storage.blobs,
    secrets: storage.runSecrets,
    wakeups,
    environments: storage.testEnvironments,
    source: telemetry.source(
      bundleSource({
        executor: NAME,
        blobs: storage.blobs,
        secrets: storage.runSecrets,
        catalogue: actions.catalogue,
        schemaCheck,
        outbound: outboundOf(storage.workspaceRules, surroundings.operator),
      }),
    ),
    action: actions.action,
    log: (message, fields) => log.info(fields ?? {}, message),
    onFault,
  });

const apiOf = (
  { storage, telemetry, actions, wakeups }: Parts,
  { auth, log, surroundings }: PlatformSettings,
): ApiDeps => ({
  ...apiFromStorage({
    ...surroundings.edge,
    storage,
    wakeups,
    clock: systemClock,
    catalogue: actions.catalogue,
    auth,
    version,
    onFailure: (error, requestId) => log.error({ err: error, requestId }, error.message),
  }),
  // Where strangers may ask, metrics are on the port of their own alone.
  metrics: createMetrics(telemetry.registry, auth === 'loopback' ? telemetry.page : undefined),
});

const envManagerOf = ({ storage, wakeups, onFault }: Parts, { surroundings }: PlatformSettings) =>
  createEnvManager({
    environments: storage.testEnvironments,
    wakeups,
    settings: surroundings.testEnvironments,
    clock: systemClock,
    random: seededRandom(NAME),
    onFault,
  });

const schedulerOf = (
  { storage, actions: { catalogue }, wakeups, onFault }: Parts,
  { surroundings: { operator, publicUrl } }: PlatformSettings,
) => {
  const suites = suiteDeps({ storage, wakeups, clock: systemClock, catalogue });
  const datasets = datasetDeps({ storage, wakeups, clock: systemClock, catalogue });
  return createScheduler({
    storage,
    wakeups,
    fire: fireSlot({ ...datasets, ...suites }),
    send: sendToChannels({
      outbound: messagePolicy(storage.workspaceRules, operator),
      clock: systemClock,
      publicUrl,
    }),
    moveSuitesOn: async () => (await moveSuitesOn(suites)) > 0,
    moveDatasetsOn: async () => (await moveDatasetsOn(datasets)) > 0,
    clock: systemClock,
    name: NAME,
    onFault,
  });
};
