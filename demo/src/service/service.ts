import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { openCache } from './cache.ts';
import type { Config } from './config.ts';
import { type EventHandlers, startConsumer } from './consumer.ts';
import { createContext, type ServiceContext } from './context.ts';
import { openDatabase } from './database.ts';
import type { FaultSwitch } from './faults.ts';
import { createServer, reportHealth } from './http.ts';
import { createTopics, kafkaClient } from './kafka.ts';
import { createBell, startRelay } from './outbox.ts';

/** What a service is, before it runs anywhere. */
export interface Service {
  readonly name: string;
  readonly port: number;
  readonly schema: string;
  /** Idempotent SQL for the service's own tables, run at boot inside its schema. */
  readonly tables: string;
  readonly publishes: readonly string[];
  readonly wire: (context: ServiceContext) => Wiring | Promise<Wiring>;
}

/** What a service does with what it is given. */
interface Wiring {
  /** Registered twice: under /api/v1 and without a prefix. */
  readonly routes: (api: FastifyInstance) => void;
  readonly handlers?: EventHandlers;
  readonly startGrpc?: () => Promise<GrpcServer>;
  readonly close?: () => Promise<void>;
}

export interface GrpcServer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

export interface RunningService {
  readonly port: number;
  readonly grpcPort: number | undefined;
  readonly stop: () => Promise<void>;
}

interface Events {
  readonly state: () => 'up' | 'down' | 'off';
  readonly stop: () => Promise<void>;
}

const NO_EVENTS: Events = { state: () => 'off', stop: async () => {} };

/** Topics first, then the relay, and the consumer only when everything it may cause can happen. */
const startEvents = async (service: Service, wiring: Wiring, context: ServiceContext): Promise<Events> => {
  const { config, log, faults, bell, database } = context;
  const { brokers, groupId } = config.kafka;
  if (brokers.length === 0) {
    log.warn('no Kafka is configured (KAFKA_BROKERS): events are neither sent nor received');
    return NO_EVENTS;
  }
  const kafka = kafkaClient(service.name, brokers, log);
  const handlers = wiring.handlers ?? {};
  const consumed = Object.keys(handlers);
  await createTopics(kafka, [...new Set([...service.publishes, ...consumed])]);
  const relay = await startRelay(kafka, database, bell, (error) =>
    log.error({ err: error }, 'events wait in the outbox'),
  );
  if (consumed.length === 0) return { state: () => 'up', stop: relay.stop };
  const consumer = await startConsumer({ kafka, groupId, handlers, faults, log });
  return {
    state: () => (consumer.isUp() ? 'up' : 'down'),
    async stop() {
      await consumer.stop();
      await relay.stop();
    },
  };
};

const healthOf = (context: ServiceContext, events: Events) => async () => {
  const database = await context.database.query('SELECT 1').then(
    () => 'up',
    () => 'down',
  );
  const report = { database, events: events.state(), cache: context.cache.state() };
  return { healthy: database === 'up' && report.events !== 'down', report };
};

/** Says which server the trouble of the work was with. */
const naming = async <Result>(server: string, work: Promise<Result>): Promise<Result> => {
  try {
    return await work;
  } catch (cause) {
    throw new Error(`${server}: ${(cause as Error).message}`, { cause });
  }
};

/**
 * Brings a service up, its port last: whoever reaches it finds all of it ready.
 * What was opened is closed in reverse order, by `stop` or when a later part fails to open.
 */
export const startService = async (service: Service, config: Config): Promise<RunningService> => {
  await using opened = new AsyncDisposableStack();
  const faults: FaultSwitch = { current: config.faults.initial };
  const app = createServer(config, faults);
  const cache = openCache(config.redisUrl, app.log);
  opened.defer(cache.close);
  const { host, port, database: name } = config.database;
  const database = await naming(
    `PostgreSQL at ${host}:${port}, database ${name}`,
    openDatabase(config.database, service.tables, app.log),
  );
  opened.defer(database.close);
  const context = createContext({ config, database, cache, faults, log: app.log, bell: createBell() });

  const wiring = await service.wire(context);
  opened.defer(async () => wiring.close?.());
  const events = await naming(`Kafka at ${config.kafka.brokers}`, startEvents(service, wiring, context));
  opened.defer(events.stop);
  const grpc = await wiring.startGrpc?.();
  opened.defer(async () => grpc?.stop());

  reportHealth(app, config.name, healthOf(context, events));
  for (const prefix of ['/api/v1', '']) app.register(async (api) => wiring.routes(api), { prefix });
  opened.defer(() => app.close());
  await app.listen({ host: config.host, port: config.port });
  const running = opened.move();
  return { port: (app.server.address() as AddressInfo).port, grpcPort: grpc?.port, stop: () => running.disposeAsync() };
};
