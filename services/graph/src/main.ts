import { localWakeups } from '@testmesh/bus-local';
import { armFailpoints, systemClock } from '@testmesh/runtime';
import { faultLog, processLog, runService, serviceSettings, storageOf } from '@testmesh/service-kit';
import { RUN_VIEWS } from '@testmesh/store-postgres';
import { openTelemetry, shownViewsReader } from '@testmesh/telemetry';
import { redisWakeups } from '@testmesh/wakeups-redis';
import { createProjections } from './projections.ts';

// The projection service as a process.
//   DATABASE_URL, TESTMESH_ENCRYPTION_KEYS, REDIS_URL: as for every service, see docs/server.md

const log = processLog('graph');

armFailpoints(process.env['TESTMESH_FAILPOINTS'], (words) => log.warn(words));

await runService(log, async (started, health) => {
  const settings = serviceSettings(process.env);
  const storage = await storageOf(settings, { application: 'graph', log, clock: systemClock });
  started.defer(storage.close);
  health.needs('database', storage.ping);
  const telemetry = await openTelemetry({
    service: 'testmesh-graph',
    environment: process.env,
    clock: systemClock,
    log,
  });
  started.defer(telemetry.close);
  health.page('/metrics', telemetry.page);
  telemetry.watchJournal(storage.figures, [shownViewsReader(storage.views, storage.viewSets, RUN_VIEWS)]);
  const redis = settings.redisUrl === undefined ? undefined : redisWakeups(settings.redisUrl, (text) => log.warn(text));
  if (redis !== undefined) started.defer(redis.close);
  const projections = createProjections({
    storage,
    wakeups: redis ?? localWakeups(),
    clock: systemClock,
    onFault: telemetry.faults(faultLog(log)),
    onProgress: (words, { requestedBy }) => log.info({ requestedBy }, words),
    onParked: (stream, ver, error) => log.error({ stream, ver }, `the view of ${stream} was set aside: ${error}`),
  });
  await projections.start();
  started.defer(projections.stop);
});
