import { linesFrom, migrate, restore, serviceSettings } from '@testmesh/service-kit';

// Fills an empty database from the backup on stdin: `gunzip < testmesh.backup.gz | restore.mjs`.
//   DATABASE_URL, DATABASE_PASSWORD: as for every service, see docs/backup.md

try {
  const settings = serviceSettings(process.env);
  await migrate(settings);
  const rows = await restore(settings.databaseUrl, linesFrom(process.stdin));
  process.stderr.write(`restored ${rows} rows\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
