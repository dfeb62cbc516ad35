import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { databaseFrom } from './database-address.ts';
import { type Health, type HealthServer, serveHealth } from './health.ts';
import type { Log } from './log.ts';
import { masterKeys } from './master-keys.ts';
import { endWith, listening, StartRefused, said } from './start-refused.ts';
import { migrateStorage, openStorage, type Storage, type StorageSettings } from './storage.ts';
import { withPassword } from './with-password.ts';

/** What every service is told by its surroundings. */
export interface ServiceSettings {
  readonly databaseUrl: string;
  readonly encryptionKeys: string | undefined;
  /** Without Redis wake-ups stay within the process: work is found by looking, a little later. */
  readonly redisUrl: string | undefined;
  /** The folder of archived runs; the same for every service. */
  readonly archive: string | undefined;
  /** Runs of a workspace at once, over all executors; without it each workspace decides for itself. */
  readonly maxRunning: number | undefined;
}

/** Reads the variables that all services share; what is missing is named with what it is for. */
export const serviceSettings = (environment: NodeJS.ProcessEnv): ServiceSettings => {
  const databaseUrl = said(() => databaseFrom(environment));
  if (databaseUrl === undefined) {
    throw new StartRefused('DATABASE_URL is not set: it names the PostgreSQL that holds the journal');
  }
  const redisUrl = environment['REDIS_URL'] || undefined;
  return {
    databaseUrl,
    encryptionKeys: environment['TESTMESH_ENCRYPTION_KEYS'],
    redisUrl: redisUrl && said(() => withPassword(environment, redisUrl, 'REDIS_PASSWORD')),
    archive: environment['TESTMESH_ARCHIVE'] || undefined,
    maxRunning: numberFrom(environment, 'TESTMESH_MAX_RUNNING_PER_WORKSPACE', 0) || undefined,
  };
};

/** A number from the environment, or what it is by default; anything else is refused. */
export const numberFrom = (environment: NodeJS.ProcessEnv, name: string, byDefault: number): number => {
  const text = environment[name];
  if (text === undefined || text === '') return byDefault;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new StartRefused(`${name}=${text} is not a whole number`);
  return number;
};

/** Opens what a service keeps in PostgreSQL; a lost connection is told and made again. */
export const storageOf = (
  { databaseUrl, encryptionKeys, archive, maxRunning }: ServiceSettings,
  {
    application,
    log,
    clock,
    waits,
  }: Pick<StorageSettings, 'clock' | 'waits'> & { readonly application: string; readonly log: Log },
): Promise<Storage> =>
  openStorage({
    url: databaseUrl,
    keys: said(() => masterKeys(encryptionKeys)),
    clock,
    application,
    waits,
    maxRunning,
    ...shippedMigrations(),
    ...(archive !== undefined && { archive }),
    onLost: (error) => log.warn({ err: error }, 'a connection to PostgreSQL broke'),
  });

/** Brings the database's schema up to date without opening anything else; the names of what was new. */
export const migrate = ({ databaseUrl }: Pick<ServiceSettings, 'databaseUrl'>): Promise<readonly string[]> =>
  migrateStorage(databaseUrl, shippedMigrations().migrations);

/** Where a build puts the SQL files beside the bundle; from the sources they are found by themselves. */
const shippedMigrations = () => {
  const folder = (name: string): string => fileURLToPath(new URL(`migrations/${name}`, import.meta.url));
  return existsSync(folder('journal')) ? { migrations: { journal: folder('journal'), store: folder('store') } } : {};
};

/**
 * Runs a service until a signal ends it. Whatever was started is stopped in the opposite order; what cannot be started
 * ends the process with its reason: with 2 where its surroundings are to be put right, else with 1. With TESTMESH_HEALTH_PORT
 * (and TESTMESH_HEALTH_HOST, else loopback) it answers for its health from the first moment on.
 */
export const runService = async (
  log: Log,
  start: (started: AsyncDisposableStack, health: Health) => Promise<void>,
): Promise<void> => {
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
  const started = new AsyncDisposableStack();
  try {
    const health = await healthFrom(process.env, log);
    if (health !== undefined) started.defer(health.close);
    await start(started, health ?? unasked);
    health?.setReady(true);
    log.info({ ...(health !== undefined && { healthPort: health.port }) }, 'ready');
    log.info({ signal: await stopped }, 'stopping');
    health?.setReady(false);
  } catch (error) {
    endWith(log, error);
  }
  await started.disposeAsync();
};

const unasked: Health = { needs: () => undefined, page: () => undefined };

/** Answers for a service's health on TESTMESH_HEALTH_PORT (and TESTMESH_HEALTH_HOST, else loopback), where it is set. */
export const healthFrom = async (environment: NodeJS.ProcessEnv, log: Log): Promise<HealthServer | undefined> => {
  if ((environment['TESTMESH_HEALTH_PORT'] ?? '') === '') return undefined;
  const { service } = log.bindings();
  const port = numberFrom(environment, 'TESTMESH_HEALTH_PORT', 0);
  const host = environment['TESTMESH_HEALTH_HOST'] || '127.0.0.1';
  const variables = { host: 'TESTMESH_HEALTH_HOST', port: 'TESTMESH_HEALTH_PORT' };
  return listening(serveHealth(String(service), port, host), { host, port }, variables);
};
