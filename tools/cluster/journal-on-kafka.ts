import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { FEED_START } from '@testmesh/ports';
import { systemClock } from '@testmesh/runtime';
import { masterKeys, openStorage } from '@testmesh/service-kit';
import kafkajs from 'kafkajs';
import type { Cluster } from './vocabulary.ts';

// Holds what an outside reader finds on Kafka against the journal.

export interface Relayed {
  readonly inJournal: number;
  /** Of the journal's events, those on Kafka, each counted once by its stream and position. */
  readonly delivered: number;
  /** Messages that a reader drops, since it had their position before. */
  readonly repeated: number;
  /** Events of a stream that came before the one they follow, and so would make a reader wait. */
  readonly early: number;
  /** Events on Kafka that are not, or not so, in the journal. */
  readonly foreign: number;
}

/** Reads the topic from its beginning to where it ends now, and the journal. */
const relayed = async ({ env }: Pick<Cluster, 'env'>): Promise<Relayed> => {
  const messages = await wholeTopic(env['KAFKA_BROKERS'] ?? '', env['KAFKA_TOPIC'] ?? '');
  const journal = await wholeJournal(env);
  const last = new Map<string, number>();
  let [delivered, repeated, early, foreign] = [0, 0, 0, 0];
  for (const { stream, ver, chain } of messages) {
    const had = last.get(stream) ?? 0;
    if (journal.get(`${stream}@${ver}`) !== chain) foreign += 1;
    else if (ver <= had) repeated += 1;
    else if (ver > had + 1) early += 1;
    else {
      delivered += 1;
      last.set(stream, ver);
    }
  }
  return { inJournal: journal.size, delivered, repeated, early, foreign };
};

/** Resolves when everything is on Kafka; rejects with how far it came. */
export const untilRelayed = async (cluster: Pick<Cluster, 'env'>, withinMs: number): Promise<Relayed> => {
  const deadline = performance.now() + withinMs;
  for (;;) {
    // A broker that has just come back answers before its partitions have leaders.
    const found = await relayed(cluster).catch((error: Error) => error);
    if (!(found instanceof Error) && found.delivered === found.inJournal) return found;
    if (performance.now() > deadline) {
      throw new Error(`not relayed in time: ${found instanceof Error ? found.message : JSON.stringify(found)}`);
    }
    await sleep(200);
  }
};

interface Message {
  readonly stream: string;
  readonly ver: number;
  readonly chain: string;
}

const wholeTopic = async (brokers: string, topic: string): Promise<readonly Message[]> => {
  const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic).finally(() => admin.disconnect());
  const ends = new Map<number, number>();
  for (const { partition, high } of offsets) if (Number(high) > 0) ends.set(partition, Number(high));
  const messages: Message[] = [];
  if (ends.size === 0) return messages;
  const consumer = kafka.consumer({ groupId: `reader-${randomBytes(5).toString('hex')}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const { promise: atEnd, resolve } = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: async ({ partition, message: { key, headers, offset } }) => {
      messages.push({ stream: String(key), ver: Number(headers?.['tm-ver']), chain: String(headers?.['tm-chain']) });
      if (Number(offset) + 1 >= (ends.get(partition) ?? 0)) ends.delete(partition);
      if (ends.size === 0) resolve();
    },
  });
  await atEnd;
  await consumer.disconnect();
  return messages;
};

/** Every event's chain hash by its position. */
const wholeJournal = async (env: Cluster['env']): Promise<ReadonlyMap<string, string>> => {
  const storage = await openStorage({
    url: env['DATABASE_URL'] ?? '',
    keys: masterKeys(env['TESTMESH_ENCRYPTION_KEYS']),
    clock: systemClock,
    connections: 1,
    onLost: () => undefined,
  });
  try {
    const chains = new Map<string, string>();
    for (let cursor = FEED_START; ; ) {
      const page = await storage.feed.readAfter(cursor, 2000);
      if (page.cursor === cursor) return chains;
      cursor = page.cursor;
      for (const { stream, ver, chain } of page.events) chains.set(`${stream}@${ver}`, chain);
    }
  } finally {
    await storage.close();
  }
};
