// What the platform's rows run on: a PostgreSQL of their own that keeps its promises (fsync on), and a fresh database each.
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@testmesh/postgres-embedded';
import { systemClock } from '@testmesh/runtime';
import { masterKeys, openStorage, type Storage } from '@testmesh/service-kit';
import pg from 'pg';

export interface Database extends AsyncDisposable {
  readonly url: string;
  readonly encryptionKeys: string;
  readonly storage: Storage;
  readonly pool: pg.Pool;
}

let server: Promise<Awaited<ReturnType<typeof startEmbeddedPostgres>> & { readonly folder: string }> | undefined;

const startServer = async () => {
  // As root PostgreSQL runs as nobody, who has to get there.
  const folder = await mkdtemp('/var/tmp/testmesh-bench-');
  await chmod(folder, 0o755);
  return { ...(await startEmbeddedPostgres({ folder: join(folder, 'data') })), folder };
};

/** A new database with the platform's schema, dropped when disposed of. */
export const freshDatabase = async (): Promise<Database> => {
  server ??= startServer();
  const at = await server;
  const name = `bench_${randomBytes(5).toString('hex')}`;
  await onServer(at.url, `create database ${name}`);
  const url = new URL(at.url);
  url.pathname = `/${name}`;
  const encryptionKeys = `k1:${randomBytes(32).toString('hex')}`;
  const storage = await openStorage({
    url: url.href,
    keys: masterKeys(encryptionKeys),
    clock: systemClock,
    onLost: (error) => {
      throw error;
    },
  });
  await storage.makePartitions(1);
  return {
    url: url.href,
    encryptionKeys,
    storage,
    pool: storage.pool,
    [Symbol.asyncDispose]: async () => {
      await storage.close();
      await onServer(at.url, `drop database ${name} with (force)`);
    },
  };
};

/** Stops the server that the rows shared. */
export const stopServer = async (): Promise<void> => {
  const running = await server;
  server = undefined;
  await running?.stop();
  if (running !== undefined) await rm(running.folder, { recursive: true, force: true });
};

const onServer = async (url: string, statement: string): Promise<void> => {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};
