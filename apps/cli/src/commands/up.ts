import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PluginsUnusable } from '@testmesh/plugins';
import { DataFolderInUse, EmbeddedUnavailable, startEmbeddedPostgres } from '@testmesh/postgres-embedded';
import { demandDatabase, openLog, StartRefused } from '@testmesh/service-kit';
import { WrongMasterKey } from '@testmesh/store-postgres';
import { CommandEnd } from '../exit-code.ts';
import { defaultDataFolder, demandFolder, keysOf } from '../server/data-folder.ts';
import { demandAddress, notListening } from '../server/listening-address.ts';
import { type Platform, startPlatform } from '../server/platform.ts';
import { type Surroundings, surroundingsOf } from '../server/surroundings.ts';

export interface UpOptions {
  readonly data?: string;
  readonly port: number;
  readonly host: string;
  readonly slots: number;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Starts the whole platform on this machine and serves until a signal ends it. */
export const up = async (options: UpOptions): Promise<void> => {
  const say = (line: string): boolean => process.stderr.write(`${line}\n`);
  const stopped = stopAsked();
  const folder = options.data ?? defaultDataFolder();
  const surroundings = surroundingsOf(process.env, authOf(options));
  await demandAddress(options.host, options.port);
  if (needsFolder(surroundings)) await demandFolder(folder);
  await using started = new AsyncDisposableStack();
  const databaseUrl = await database(folder, surroundings, say, started);
  const platform = await serving(options, folder, databaseUrl, surroundings);
  started.defer(platform.stop);
  say(`TestMesh serves on ${platform.url} · data in ${folder}`);
  if (platform.firstKey !== undefined) {
    say(`the first API key, shown this once:\n  export TESTMESH_API_KEY=${platform.firstKey}`);
  }
  say('Ctrl-C stops it.');
  await stopped;
  say('stopping: runs in hand are finished or kept for the next start');
};

/** Where everything is kept elsewhere, the folder need not be one that can be written to. */
const needsFolder = ({ databaseUrl, encryptionKeys, archive }: Surroundings): boolean =>
  [databaseUrl, encryptionKeys, archive].includes(undefined);

const authOf = ({ host }: UpOptions): 'keys' | 'loopback' => (LOOPBACK.has(host) ? 'loopback' : 'keys');

const database = async (
  folder: string,
  { databaseUrl: given }: Surroundings,
  say: (line: string) => boolean,
  started: AsyncDisposableStack,
): Promise<string> => {
  if (given !== undefined) return reached(given);
  try {
    const server = await startEmbeddedPostgres({
      folder,
      say,
      onLost: (reason) => {
        // Nothing can be kept any more: whoever watches this process starts it again.
        say(reason);
        process.exit(1);
      },
    });
    started.defer(server.stop);
    return server.url;
  } catch (error) {
    if (error instanceof DataFolderInUse) throw new CommandEnd('usage', error.message);
    if (error instanceof EmbeddedUnavailable) throw new CommandEnd('usage', `${error.message}\n${error.help}`);
    throw error;
  }
};

/** The operator's own server, once it has answered. */
const reached = async (url: string): Promise<string> => {
  try {
    await demandDatabase(url);
    return url;
  } catch (error) {
    const help = 'start it or correct the address; without DATABASE_URL testmesh brings a PostgreSQL along';
    throw new CommandEnd('usage', `${(error as Error).message}\n${help}`);
  }
};

const serving = async (
  options: UpOptions,
  folder: string,
  databaseUrl: string,
  surroundings: Surroundings,
): Promise<Platform> => {
  const { host, port, slots } = options;
  try {
    return await startPlatform({
      databaseUrl,
      encryptionKeys: await keysOf(folder, surroundings.encryptionKeys),
      host,
      port,
      auth: authOf(options),
      slots,
      log: openLog('testmesh', surroundings.logLevel),
      archive: surroundings.archive ?? join(resolve(folder), 'archive'),
      surroundings,
      ...shippedMigrations(),
    });
  } catch (error) {
    if (error instanceof StartRefused) throw new CommandEnd('usage', error.message);
    if (error instanceof PluginsUnusable) throw new CommandEnd('usage', error.message);
    if (error instanceof WrongMasterKey) throw wrongKey(error, folder, surroundings);
    throw notListening(error, host, port) ?? databaseRefuses(error, surroundings) ?? error;
  }
};

const MAY_NOT = '42501';

/** A server of the operator's own that can be connected to may still not be ours to fill. */
const databaseRefuses = (error: unknown, { databaseUrl }: Surroundings): CommandEnd | undefined => {
  if (databaseUrl === undefined || (error as { readonly code?: unknown }).code !== MAY_NOT) return undefined;
  const help = 'its user needs the right to make schemas in it: best it owns the database';
  return new CommandEnd('usage', `the database of DATABASE_URL cannot be used: ${(error as Error).message}\n${help}`);
};

const wrongKey = ({ message }: WrongMasterKey, folder: string, { encryptionKeys }: Surroundings): CommandEnd => {
  const own = join(resolve(folder), 'encryption-keys');
  const help =
    encryptionKeys === undefined
      ? `${own} does not hold the key: give all that were used with TESTMESH_ENCRYPTION_KEYS`
      : `TESTMESH_ENCRYPTION_KEYS does not hold the key: add it behind the new one; what this folder was made with is in ${own}`;
  return new CommandEnd('usage', `${message}\n${help}`);
};

/** Where the build puts the SQL files beside the bundle; from the sources they are found by themselves. */
const shippedMigrations = () => {
  const folder = (name: string): string => fileURLToPath(new URL(`migrations/${name}`, import.meta.url));
  if (!existsSync(folder('journal'))) return {};
  return { migrations: { journal: folder('journal'), store: folder('store') } };
};

const stopAsked = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
