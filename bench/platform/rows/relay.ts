import { randomBytes } from 'node:crypto';
import { kafkaBus } from '@testmesh/bus-kafka';
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
const ROUNDS = 5;
const BATCH = 500;

/** As many and as long as those of an event. */
const HEADERS: Record<string, string> = {
  ce_specversion: '1.0',
  ce_id: '01990000-0000-7000-8000-000000000000',
  ce_type: 'testmesh.StepCompleted',
  ce_source: 'testmesh/journal/00000000-0000-0000-0000-000000000000',
  ce_subject: 'run-01990000-0000-7000-8000-000000000000',
  ce_time: '2026-01-01T00:00:00.000Z',
  'content-type': 'application/json',
  traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`,
  'tm-ver': '12',
  'tm-epoch': '1',
  'tm-at': '1767225600000000',
  'tm-chain': '0'.repeat(64),
};

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

type Messages = readonly { readonly key: string; readonly value: Buffer; readonly headers?: Record<string, string> }[];

/** Messages from memory, one sendBatch in flight. Milliseconds. */
const sentRaw = async (all: Messages, brokers: string[], topic: string): Promise<number> => {
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const started = performance.now();
  for (let from = 0; from < all.length; from += BATCH) {
    await producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages: all.slice(from, from + BATCH) }] });
  }
  const ms = performance.now() - started;
  await producer.disconnect();
  return ms;
};

export const relayRow: PlatformRow = {
  name: 'relay',
  what: `relay to Kafka, journal to acknowledgement, batches of ${BATCH}`,
  against: 'kafkajs sendBatch of the same bytes from memory: keys, values and as many headers',
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
    const { bare, headed } = await everything(database);
    const rounds: { ours: number; bare: number; headed: number }[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const name = topic();
      const ours = await relayed(database, brokers, name, events);
      rounds.push({ ours, bare: await sentRaw(bare, brokers, name), headed: await sentRaw(headed, brokers, name) });
    }
    await admin.deleteTopics({ topics });
    await admin.disconnect();
    // The first round warms up.
    const counted = rounds.slice(1);
    const speed = (ms: (round: (typeof counted)[number]) => number) =>
      perSecond((events * 1000) / median(counted.map(ms)), 'events');
    const withoutHeaders = median(counted.map(({ ours, bare }) => (100 * bare) / ours));
    return [
      {
        ours: speed(({ ours }) => ours),
        baseline: speed(({ headed }) => headed),
        figure: median(counted.map(({ ours, headed }) => (100 * headed) / ours)),
        note: `without headers kafkajs sends ${speed(({ bare }) => bare)}: ${withoutHeaders.toFixed(1)} %`,
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

/** What the relay sends, without and with as many headers, as it lies in memory. */
const everything = async ({ pool }: Database): Promise<{ bare: Messages; headed: Messages }> => {
  const { rows } = await pool.query<{ key: string; value: Buffer }>(
    'select stream as key, body as value from journal.events order by xid, gpos',
  );
  return { bare: rows, headed: rows.map((row) => ({ ...row, headers: HEADERS })) };
};
