import { randomBytes } from 'node:crypto';
import { kafkaBus } from '@testmesh/bus-kafka';
import type { RecordedEvent } from '@testmesh/domain';
import { FEED_START, type FeedCursor } from '@testmesh/ports';
import { Relay, seededRandom, systemClock } from '@testmesh/runtime';
import kafkajs from 'kafkajs';
import { median } from '../../measure.ts';
import { httpFlow, startService } from '../../workload.ts';
import { copyRun } from '../copies.ts';
import { startExecutor } from '../processes.ts';
import { type PlatformRow, perSecond } from '../row.ts';
import { queueRuns, untilIdle } from '../runs.ts';
import { type Database, freshDatabase } from '../world.ts';

const RUNS = 200;
const PAIRS = 5;
const BATCH = 500;

/** The relay's way: from the journal to the broker's acknowledgement of the last event. Milliseconds. */
const relayed = async ({ storage }: Database, brokers: string[], topic: string, events: number): Promise<number> => {
  const bus = await kafkaBus({ brokers, topic, partitions: 3, replicas: 1 });
  let place: FeedCursor = FEED_START;
  let sent = 0;
  const done = Promise.withResolvers<void>();
  const relay = new Relay({
    name: 'bench',
    feed: storage.messages,
    bus: {
      publish: async (some) => {
        await bus.publish(some);
        sent += some.length;
      },
    },
    checkpoints: {
      load: async () => place,
      move: async (_reader, _expected, next) => {
        place = next;
        if (sent >= events) done.resolve();
        return true;
      },
    },
    clock: systemClock,
    random: seededRandom('bench'),
    onFault: ({ error }) => done.reject(error),
  });
  // Connecting is not what is compared.
  const { events: first } = await storage.messages.readAfter(FEED_START, 1);
  await bus.publish(first);
  const started = performance.now();
  relay.start();
  await done.promise;
  const ms = performance.now() - started;
  await relay.stop();
  await bus.close();
  return ms;
};

/** The same bytes from memory, one sendBatch in flight. Milliseconds. */
const sentRaw = async (
  events: readonly RecordedEvent[],
  bodies: readonly Buffer[],
  brokers: string[],
  topic: string,
) => {
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const started = performance.now();
  for (let from = 0; from < events.length; from += BATCH) {
    const messages = events
      .slice(from, from + BATCH)
      .map((event, at) => ({ key: event.stream, value: bodies[from + at] ?? null }));
    await producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages }] });
  }
  const ms = performance.now() - started;
  await producer.disconnect();
  return ms;
};

export const relayRow: PlatformRow = {
  name: 'relay',
  what: `relay to Kafka, journal to acknowledgement, batches of ${BATCH}`,
  against: 'kafkajs sendBatch of the same bytes from memory, without headers',
  unit: '%',
  target: { least: 60 },
  measure: async () => {
    const brokers = process.env['TESTMESH_TEST_KAFKA_BROKERS']?.split(',');
    if (brokers === undefined) throw new Error('no Kafka here: TESTMESH_TEST_KAFKA_BROKERS is not set');
    await using database = await freshDatabase();
    const events = await filled(database);
    const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    const topics: string[] = [];
    const topic = (): string => {
      topics.push(`testmesh.bench.${randomBytes(5).toString('hex')}`);
      return topics.at(-1) ?? '';
    };
    const { recorded, bodies } = await everything(database);
    const pairs: { ours: number; raw: number }[] = [];
    for (let pair = 0; pair <= PAIRS; pair++) {
      const name = topic();
      const ours = await relayed(database, brokers, name, events);
      pairs.push({ ours, raw: await sentRaw(recorded, bodies, brokers, name) });
    }
    await admin.deleteTopics({ topics });
    await admin.disconnect();
    // The first pair warms up.
    const counted = pairs.slice(1);
    return [
      {
        ours: perSecond((events * 1000) / median(counted.map(({ ours }) => ours)), 'events'),
        baseline: perSecond((events * 1000) / median(counted.map(({ raw }) => raw)), 'events'),
        figure: median(counted.map(({ ours, raw }) => (100 * raw) / ours)),
      },
    ];
  },
};

const filled = async (database: Database): Promise<number> => {
  using service = await startService();
  await using _executor = await startExecutor(database);
  const [runId = ''] = await queueRuns(database, { text: httpFlow(service.url, 10), runs: 1 });
  await untilIdle(database);
  await copyRun(database, runId, RUNS);
  const { rows } = await database.pool.query<{ count: number }>('select count(*)::int as count from journal.events');
  return rows[0]?.count ?? 0;
};

const everything = async ({ storage, pool }: Database) => {
  const recorded: RecordedEvent[] = [];
  for (let cursor = FEED_START; ; ) {
    const page = await storage.feed.readAfter(cursor, 5000);
    if (page.cursor === cursor) break;
    recorded.push(...page.events);
    cursor = page.cursor;
  }
  const { rows } = await pool.query<{ body: Buffer }>('select body from journal.events order by xid, gpos');
  return { recorded, bodies: rows.map(({ body }) => body) };
};
