import { hostname } from 'node:os';
import { apiFromStorage, createApi } from '@testmesh/api';
import { localWakeups } from '@testmesh/bus-local';
import { catalogue, loadAction } from '@testmesh/catalogue';
import { bundleSource, createExecutor } from '@testmesh/executor';
import { schemaCheck } from '@testmesh/json-schema-ajv';
import { systemClock } from '@testmesh/runtime';
import { faultLog, type Log, type Migrations, masterKeys, openStorage } from '@testmesh/service-kit';
import { version } from '../version.ts';

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
  readonly migrations?: Migrations;
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
  const { log, host, port, auth } = settings;
  await using started = new AsyncDisposableStack();
  const clock = systemClock;
  const onFault = faultLog(log);
  const storage = await openStorage({
    url: settings.databaseUrl,
    keys: masterKeys(settings.encryptionKeys),
    clock,
    connections: 20,
    ...(settings.migrations && { migrations: settings.migrations }),
    onLost: (error) => log.warn({ err: error }, 'a connection to PostgreSQL broke'),
  });
  started.defer(storage.close);
  await storage.workspaces.ensureDefault();
  const wakeups = localWakeups();

  const executor = createExecutor({
    name: `${hostname()}-${process.pid}`,
    pools: ['default'],
    slots: settings.slots,
    leaseMs: LEASE_MS,
    journal: storage.journal,
    queue: storage.queue,
    blobs: storage.blobs,
    secrets: storage.runSecrets,
    wakeups,
    source: bundleSource({ blobs: storage.blobs, secrets: storage.runSecrets, catalogue, schemaCheck }),
    action: loadAction,
    log: (message, fields) => log.info(fields ?? {}, message),
    onFault,
  });
  executor.start();
  started.defer(() => executor.drain(DRAIN_MS));

  const api = await createApi(
    apiFromStorage({
      storage,
      wakeups,
      clock,
      catalogue,
      auth,
      version,
      onFailure: (error, requestId) => log.error({ err: error, requestId }, error.message),
    }),
  );
  await api.listen(port, host);
  started.defer(() => api.close());

  const firstKey = await firstKeyOf(storage);
  const running = started.move();
  return { url: await api.getUrl(), firstKey, stop: () => running.disposeAsync() };
};

const DEFAULT_WORKSPACE = '00000000-0000-0000-0000-000000000001';

/** A new installation has no key yet: it gets one with every permission but that to delete its workspace. */
const firstKeyOf = async (storage: Awaited<ReturnType<typeof openStorage>>): Promise<string | undefined> => {
  const { total } = await storage.apiKeys.list(DEFAULT_WORKSPACE, { limit: 1, offset: 0 });
  if (total > 0) return undefined;
  const { ROLE_PERMISSIONS } = await import('@testmesh/api');
  const made = await storage.apiKeys.create(
    { workspace: DEFAULT_WORKSPACE, actor: 'installation' },
    { name: 'first key', permissions: ROLE_PERMISSIONS.admin },
  );
  if (!made.ok) throw new Error(`the first API key could not be made: ${made.refusal}`);
  return made.value.text;
};
