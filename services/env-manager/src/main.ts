import { systemClock } from '@testmesh/runtime';
import { openLog, runService, serviceSettings, storageOf } from '@testmesh/service-kit';
import { openTelemetry } from '@testmesh/telemetry';

// The process that test environments will live in: it opens what it keeps, answers for its health, and ends in order.
//   DATABASE_URL, TESTMESH_ENCRYPTION_KEYS: as for every service, see docs/server.md

const log = openLog('env-manager');

await runService(log, async (started, health) => {
  const storage = await storageOf(serviceSettings(process.env), {
    application: 'env-manager',
    log,
    clock: systemClock,
  });
  started.defer(storage.close);
  health.needs('database', storage.ping);
  const telemetry = await openTelemetry({
    service: 'testmesh-env-manager',
    environment: process.env,
    clock: systemClock,
    log,
  });
  started.defer(telemetry.close);
  health.page('/metrics', telemetry.page);
});
