import { hostname } from 'node:os';
import { localWakeups } from '@testmesh/bus-local';
import { builtInActions } from '@testmesh/catalogue';
import { schemaCheck } from '@testmesh/json-schema-ajv';
import { operatorRules } from '@testmesh/outbound';
import { serverActions } from '@testmesh/plugins';
import { armFailpoints, systemClock } from '@testmesh/runtime';
import {
  faultLog,
  isDatabaseTrouble,
  keepMemorySteady,
  numberFrom,
  processLog,
  runService,
  said,
  saidLater,
  serviceSettings,
  storageOf,
} from '@testmesh/service-kit';
import { openTelemetry } from '@testmesh/telemetry';
import { redisWakeups } from '@testmesh/wakeups-redis';
import { bundleSource } from './bundle-source.ts';
import { createExecutor } from './executor.ts';
import { outboundOf } from './outbound-of.ts';

// An executor as a process: claims runs of its pools until it is told to stop, then drains.
//   DATABASE_URL, TESTMESH_ENCRYPTION_KEYS, REDIS_URL: as for every service, see docs/server.md
//   TESTMESH_POOLS (default), TESTMESH_SLOTS (8), TESTMESH_LEASE_MS (15000), TESTMESH_DRAIN_MS (30000)
//   TESTMESH_OUTBOUND_ALLOW, TESTMESH_OUTBOUND_DENY, TESTMESH_DOCKER (refuse), TESTMESH_LISTEN (loopback): docs/security.md
//   TESTMESH_PLUGINS: further actions, docs/plugins.md

const { env } = process;
const log = processLog('executor');

armFailpoints(env['TESTMESH_FAILPOINTS'], (words) => log.warn(words));

await runService(log, async (started, health) => {
  const settings = serviceSettings(env);
  const operator = said(() => operatorRules(env, 'server'));
  const actions = await saidLater(serverActions(builtInActions, env));
  const name = env['TESTMESH_EXECUTOR'] ?? `${hostname()}-${process.pid}`;
  const storage = await storageOf(settings, { application: `executor ${name}`, log, clock: systemClock });
  started.defer(storage.close);
  health.needs('database', storage.ping);
  const telemetry = await openTelemetry({ service: 'testmesh-executor', environment: env, clock: systemClock, log });
  started.defer(telemetry.close);
  health.page('/metrics', telemetry.page);
  const redis = settings.redisUrl === undefined ? undefined : redisWakeups(settings.redisUrl, (text) => log.warn(text));
  if (redis !== undefined) started.defer(redis.close);
  const slots = numberFrom(env, 'TESTMESH_SLOTS', 8);
  const executor = createExecutor({
    isPassing: isDatabaseTrouble,
    name,
    pools: (env['TESTMESH_POOLS'] ?? 'default').split(','),
    slots,
    leaseMs: numberFrom(env, 'TESTMESH_LEASE_MS', 15_000),
    journal: telemetry.journal(storage.journal),
    queue: telemetry.queue(storage.queue),
    blobs: storage.blobs,
    secrets: storage.runSecrets,
    wakeups: redis ?? localWakeups(),
    environments: storage.testEnvironments,
    source: telemetry.source(
      bundleSource({
        executor: name,
        blobs: storage.blobs,
        secrets: storage.runSecrets,
        catalogue: actions.catalogue,
        schemaCheck,
        outbound: outboundOf(storage.workspaceRules, operator),
      }),
    ),
    action: actions.action,
    log: (message, fields) => log.info(fields ?? {}, message),
    onFault: telemetry.faults(faultLog(log)),
  });
  telemetry.watchExecutor(executor, slots);
  keepMemorySteady();
  executor.start();
  started.defer(() => executor.drain(numberFrom(env, 'TESTMESH_DRAIN_MS', 30_000)));
});
