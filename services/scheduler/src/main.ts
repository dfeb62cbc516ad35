import { hostname } from 'node:os';
import { JOURNAL_TOPIC, kafkaBus } from '@testmesh/bus-kafka';
import { localWakeups } from '@testmesh/bus-local';
import { builtInActions } from '@testmesh/catalogue';
import { sendToChannels } from '@testmesh/channels';
import { datasetDeps, fireSlot, moveDatasetsOn, moveSuitesOn, suiteDeps } from '@testmesh/commands';
import { operatorRules } from '@testmesh/outbound';
import { serverActions } from '@testmesh/plugins';
import { armFailpoints, newRunId, systemClock } from '@testmesh/runtime';
import {
  faultLog,
  type KafkaAccess,
  kafkaAccess,
  numberFrom,
  overLog,
  processLog,
  runService,
  said,
  saidLater,
  serviceSettings,
  storageOf,
} from '@testmesh/service-kit';
import { journalReader, openTelemetry, outcomesReader } from '@testmesh/telemetry';
import { redisWakeups } from '@testmesh/wakeups-redis';
import { messagePolicy } from './message-policy.ts';
import { createScheduler, RELAY } from './scheduler.ts';

// The scheduler as a process: cron, suites, the reaper, and with KAFKA_BROKERS the relay. Any number of copies may run.
//   DATABASE_URL, TESTMESH_ENCRYPTION_KEYS, KAFKA_BROKERS, REDIS_URL: as for every service, see docs/server.md
//   KAFKA_SSL, KAFKA_SSL_CA, KAFKA_SSL_CERT, KAFKA_SSL_KEY, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD:
//   what the brokers ask for, each text also from the file that its name with _FILE names
//   KAFKA_TOPIC (testmesh.journal.v1), KAFKA_PARTITIONS (24), KAFKA_REPLICAS (3, or as many as there are brokers)
//   TESTMESH_PUBLIC_URL: where people find the server, for the links in messages

const { env } = process;
const log = processLog('scheduler');

const busAt = (access: KafkaAccess) =>
  kafkaBus({
    ...access,
    clientId: 'scheduler',
    topic: env['KAFKA_TOPIC'] || JOURNAL_TOPIC,
    partitions: numberFrom(env, 'KAFKA_PARTITIONS', 24),
    replicas: numberFrom(env, 'KAFKA_REPLICAS', Math.min(3, access.brokers.length)),
    // Cron, suites and the reaper go on without it.
    mayBeDown: true,
    warn: (text) => log.warn(text),
  });

armFailpoints(env['TESTMESH_FAILPOINTS'], (words) => log.warn(words));

await runService(log, async (started, health) => {
  const settings = serviceSettings(env);
  const operator = said(() => operatorRules(env, 'server'));
  const { catalogue } = await saidLater(serverActions(builtInActions, env));
  const storage = await storageOf(settings, { application: 'scheduler', log, clock: systemClock });
  started.defer(storage.close);
  health.needs('database', storage.ping);
  const telemetry = await openTelemetry({ service: 'testmesh-scheduler', environment: env, clock: systemClock, log });
  started.defer(telemetry.close);
  health.page('/metrics', telemetry.page);
  const redis = settings.redisUrl === undefined ? undefined : redisWakeups(settings.redisUrl, (text) => log.warn(text));
  if (redis !== undefined) started.defer(redis.close);
  const wakeups = redis ?? localWakeups();
  const access = await kafkaAccess(env);
  if (access?.sasl?.mechanism === 'plain' && access.ssl === undefined)
    log.warn('KAFKA_SASL_MECHANISM=plain without KAFKA_SSL: whoever listens on the network reads the password');
  const bus = access && (await busAt(access));
  if (bus !== undefined) started.defer(bus.close);
  telemetry.watchJournal(storage.figures, [
    outcomesReader(storage.endedRuns, storage.outcomes(newRunId)),
    ...(bus === undefined ? [] : [journalReader(storage.views, RELAY)]),
  ]);
  const suites = suiteDeps({ storage, wakeups, clock: systemClock, catalogue });
  const datasets = datasetDeps({ storage, wakeups, clock: systemClock, catalogue });
  const scheduler = createScheduler({
    storage,
    wakeups,
    ...(bus !== undefined && { bus: telemetry.bus(bus) }),
    fire: fireSlot({ ...datasets, ...suites }),
    send: sendToChannels({
      outbound: messagePolicy(storage.workspaceRules, operator),
      clock: systemClock,
      publicUrl: env['TESTMESH_PUBLIC_URL'] || undefined,
    }),
    moveSuitesOn: async () => (await moveSuitesOn(suites)) > 0,
    moveDatasetsOn: async () => (await moveDatasetsOn(datasets)) > 0,
    clock: systemClock,
    name: `${hostname()}-${process.pid}`,
    onFault: telemetry.faults(faultLog(log)),
    onOver: overLog(log),
  });
  scheduler.start();
  started.defer(scheduler.stop);
});
