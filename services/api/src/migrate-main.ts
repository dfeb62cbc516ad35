import { endWith, migrate, processLog, serviceSettings } from '@testmesh/service-kit';

// Brings the database up to date and ends: for an upgrade that must not begin where this cannot be done.
//   DATABASE_URL, DATABASE_PASSWORD: as for every service, see docs/server.md

const log = processLog('migrate');
try {
  const names = await migrate(serviceSettings(process.env));
  log.info(
    { names },
    names.length === 0 ? 'the database is up to date' : `brought up to date by ${names.length} steps`,
  );
} catch (error) {
  endWith(log, error);
}
