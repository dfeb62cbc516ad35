import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PluginsUnusable } from '@testmesh/plugins';
import { DataFolderInUse, EmbeddedUnavailable, startEmbeddedPostgres } from '@testmesh/postgres-embedded';
import { openLog } from '@testmesh/service-kit';
import { CommandEnd } from '../exit-code.ts';
import { defaultDataFolder, keysOf } from '../server/data-folder.ts';
import { type Platform, startPlatform } from '../server/platform.ts';

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
  await using started = new AsyncDisposableStack();
  const databaseUrl = await database(folder, say, started);
  const platform = await serving(options, folder, databaseUrl);
  started.defer(platform.stop);
  say(`TestMesh serves on ${platform.url} · data in ${folder}`);
  if (platform.firstKey !== undefined) {
    say(`the first API key, shown this once:\n  export TESTMESH_API_KEY=${platform.firstKey}`);
  }
  say('Ctrl-C stops it.');
  await stopped;
  say('stopping: runs in hand are finished or kept for the next start');
};

const database = async (
  folder: string,
  say: (line: string) => boolean,
  started: AsyncDisposableStack,
): Promise<string> => {
  const given = process.env['DATABASE_URL'];
  if (given !== undefined && given !== '') return given;
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

const serving = async ({ host, port, slots }: UpOptions, folder: string, databaseUrl: string): Promise<Platform> => {
  try {
    return await startPlatform({
      databaseUrl,
      encryptionKeys: await keysOf(folder, process.env['TESTMESH_ENCRYPTION_KEYS']),
      host,
      port,
      auth: LOOPBACK.has(host) ? 'loopback' : 'keys',
      slots,
      log: openLog('testmesh', process.env['TESTMESH_LOG_LEVEL'] ?? 'warn'),
      archive: process.env['TESTMESH_ARCHIVE'] || join(resolve(folder), 'archive'),
      ...shippedMigrations(),
    });
  } catch (error) {
    if (error instanceof PluginsUnusable) throw new CommandEnd('usage', error.message);
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new CommandEnd('usage', `port ${port} is taken: stop what listens there, or choose another with --port`);
  }
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
