import { once } from 'node:events';
import { backup, serviceSettings } from '@testmesh/service-kit';

// Writes a backup of the database to stdout, as of one moment, while everything runs: `backup.mjs | gzip > testmesh.backup.gz`.
//   DATABASE_URL, DATABASE_PASSWORD: as for every service, see docs/backup.md

try {
  for await (const line of backup(serviceSettings(process.env).databaseUrl)) {
    if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
