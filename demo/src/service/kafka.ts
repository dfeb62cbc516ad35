import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs';

const { logLevel, Partitioners } = kafkajs;

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

// kafkajs 2.2.4 re-arms a timer every millisecond on each idle connection, with a negative delay that Node 24 warns
// about. With nothing pending and no throttling there is nothing to wait for.
const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
const schedule = prototype.scheduleCheckPendingRequests;
prototype.scheduleCheckPendingRequests = function scheduleOnlyWhenNeeded() {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
};

/** The client; what it calls an error it mostly mends itself, so here it is a warning. */
export const kafkaClient = (clientId: string, brokers: readonly string[], log: FastifyBaseLogger): Kafka =>
  new kafkajs.Kafka({
    clientId,
    brokers: [...brokers],
    connectionTimeout: 3_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 20 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ level, log: { message, timestamp: _time, stack: _stack, ...fields } }) =>
        log[level === logLevel.ERROR ? 'warn' : 'debug'](fields, `kafka: ${message}`),
  });

export const createProducer = (kafka: Kafka): Producer =>
  kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { retries: 3 },
  });

const PATIENCE_MS = 30_000;

/** A young cluster refuses for a while what it grants later, and says so: `retriable`. */
export const untilGranted = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
  for (const end = Date.now() + PATIENCE_MS; ; await sleep(200)) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof kafkajs.KafkaJSError && error.retriable) || Date.now() > end) throw error;
    }
  }
};

/**
 * Creates what is missing: a broker may be set not to create topics by itself.
 * A broker that was not told yet of a new topic says it does not host it; so each is asked for until it has leaders,
 * where kafkajs's own `waitForLeaders` gives up at the first such answer.
 */
export const createTopics = async (kafka: Kafka, topics: readonly string[]): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = await admin.listTopics();
    const missing = topics.filter((topic) => !existing.includes(topic));
    await admin.createTopics({
      topics: missing.map((topic) => ({ topic, numPartitions: 1 })),
      waitForLeaders: false,
    });
    await untilGranted(() => requireLeaders(admin, topics));
  } finally {
    await admin.disconnect();
  }
};

const requireLeaders = async (admin: Admin, topics: readonly string[]): Promise<void> => {
  const { topics: known } = await admin.fetchTopicMetadata({ topics: [...topics] });
  const leaderless = known.filter(({ partitions }) => partitions.some(({ leader }) => leader < 0));
  if (leaderless.length === 0) return;
  const names = leaderless.map(({ name }) => name).join(', ');
  throw new kafkajs.KafkaJSError(`no broker leads ${names}`, { retriable: true });
};
