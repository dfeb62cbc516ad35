import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';

const OWN_FOLDER = fileURLToPath(new URL('../migrations', import.meta.url));

/** Brings the schema `testmesh` to its newest version, or takes all of it back; `folder` where a bundle ships the SQL elsewhere. */
export const migrateStore = async (
  connectionString: string,
  direction: 'up' | 'down',
  folder = OWN_FOLDER,
): Promise<readonly string[]> => {
  const migrations = await runner({
    databaseUrl: connectionString,
    dir: folder,
    direction,
    count: Number.POSITIVE_INFINITY,
    migrationsTable: 'store_migrations',
    migrationsSchema: 'testmesh',
    createMigrationsSchema: true,
    // Several services start at once: the second one waits for the first, then finds nothing to do.
    advisoryLockMode: 'wait',
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  return migrations.map(({ name }) => name);
};
