import { kafkaBus } from '@testmesh/bus-kafka';
import { localWakeups } from '@testmesh/bus-local';
import { systemClock } from '@testmesh/runtime';
import { faultLog, openLog, runService, serviceSettings, storageOf } from '@testmesh/service-kit';
import { redisWakeups } from '@testmesh/wakeups-redis';
import { createProjections } from './projections.ts';

// The projection service as a process.
//   DATABASE_URL, TESTMESH_ENCRYPTION_KEYS, KAFKA_BROKERS, REDIS_URL: as for every service, see docs/server.md

const log = openLog('graph');

await runService(log, async (started, health) => {
  const settings = serviceSettings(process.env);
  const storage = await storageOf(settings, { application: 'graph', log, clock: systemClock });
  started.defer(storage.close);
  health.needs('database', storage.ping);
  const redis = settings.redisUrl === undefined ? undefined : redisWakeups(settings.redisUrl, (text) => log.warn(text));
  if (redis !== undefined) started.defer(redis.close);
  const brokers = settings.kafkaBrokers;
  const bus =
    brokers.length === 0 ? undefined : await kafkaBus({ brokers, clientId: 'graph', warn: (text) => log.warn(text) });
  if (bus !== undefined) started.defer(bus.close);
  const projections = createProjections({
    storage,
    wakeups: redis ?? localWakeups(),
    ...(bus !== undefined && { bus }),
    clock: systemClock,
    onFault: faultLog(log),
    onParked: (stream, ver, error) => log.error({ stream, ver }, `the view of ${stream} was set aside: ${error}`),
  });
  await projections.start();
  started.defer(projections.stop);
});
