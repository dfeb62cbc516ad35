import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import type { ClientBase } from 'pg';

const OWN_FOLDER = fileURLToPath(new URL('../migrations/', import.meta.url));

/** Brings the schema `journal` to its newest version, or takes all of it back; `folder` where a bundle ships the SQL elsewhere. */
export const migrateJournal = async (
  database: string | ClientBase,
  direction: 'up' | 'down',
  folder = OWN_FOLDER,
): Promise<readonly string[]> => {
  const migrations = await runner({
    ...(typeof database === 'string' ? { databaseUrl: database } : { dbClient: database }),
    dir: folder,
    direction,
    count: Number.POSITIVE_INFINITY,
    migrationsTable: 'journal_migrations',
    migrationsSchema: 'journal',
    createMigrationsSchema: true,
    // Several services start at once: the second one waits for the first, then finds nothing to do.
    advisoryLockMode: 'wait',
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  return migrations.map(({ name }) => name);
};
