import { localWakeups } from '@testmesh/bus-local';
import { builtInActions } from '@testmesh/catalogue';
import { serverActions } from '@testmesh/plugins';
import { systemClock } from '@testmesh/runtime';
import {
  listening,
  numberFrom,
  processLog,
  REQUEST_WAITS,
  runService,
  said,
  saidLater,
  serviceSettings,
  storageOf,
} from '@testmesh/service-kit';
import { openTelemetry } from '@testmesh/telemetry';
import { redisCounts, redisWakeups } from '@testmesh/wakeups-redis';
import { createApi } from './create-api.ts';
import { edgeSettings } from './edge-settings.ts';
import { apiFromStorage } from './from-storage.ts';
import { createMetrics } from './health/metrics.ts';

// The API as a process. It asks for keys, wherever it listens.
//   DATABASE_URL, TESTMESH_ENCRYPTION_KEYS, REDIS_URL: as for every service, see docs/server.md
//   HOST (127.0.0.1), PORT (5016)
//   TESTMESH_GRAPHQL_INTROSPECTION (on): off keeps the schema to itself
//   TESTMESH_REQUESTS_PER_MINUTE (3000), TESTMESH_TRUSTED_PROXIES, TESTMESH_ALLOWED_ORIGINS, TESTMESH_STREAMS_PER_KEY (500),
//   TESTMESH_STREAMS (5000): docs/security.md
//   TESTMESH_PLUGINS: further actions, docs/plugins.md

const { env } = process;
const log = processLog('api');

await runService(log, async (started, health) => {
  const settings = serviceSettings(env);
  const edge = said(() => edgeSettings(env));
  const address = { host: env['HOST'] || '127.0.0.1', port: numberFrom(env, 'PORT', 5016) };
  const { catalogue } = await saidLater(serverActions(builtInActions, env));
  const storage = await storageOf(settings, { application: 'api', log, clock: systemClock, waits: REQUEST_WAITS });
  started.defer(storage.close);
  health.needs('database', storage.ping);
  const telemetry = await openTelemetry({ service: 'testmesh-api', environment: env, clock: systemClock, log });
  started.defer(telemetry.close);
  health.page('/metrics', telemetry.page);
  await storage.workspaces.ensureDefault();
  await storage.boundWorkspaces();
  const resealed = await storage.reseal();
  if (resealed > 0) log.info({ resealed }, 'sealed with the current key what another one had sealed');
  const redis = settings.redisUrl === undefined ? undefined : redisWakeups(settings.redisUrl, (text) => log.warn(text));
  if (redis !== undefined) started.defer(redis.close);
  const counts = settings.redisUrl === undefined ? undefined : redisCounts(settings.redisUrl);
  if (counts !== undefined) started.defer(counts.close);
  const deps = apiFromStorage({
    counts,
    ...edge,
    storage,
    wakeups: redis ?? localWakeups(),
    clock: systemClock,
    catalogue,
    auth: 'keys',
    version: '1',
    onFailure: (error, requestId) => log.error({ err: error, requestId }, error.message),
  });
  const api = await createApi({ ...deps, metrics: createMetrics(telemetry.registry) });
  started.defer(() => api.close());
  await listening(api.listen(address.port, address.host), address, { host: 'HOST', port: 'PORT' });
  log.info({ url: await api.getUrl() }, 'listening');
});
