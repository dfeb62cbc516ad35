import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliDecompressSync } from 'node:zlib';
import type { RecordedEvent } from '@testmesh/domain';
import { FEED_START } from '@testmesh/ports';
import { Projector, runView, seededRandom, systemClock } from '@testmesh/runtime';
import type { Storage } from '@testmesh/service-kit';
import { RUN_VIEWS } from '@testmesh/store-postgres';
import type { StoredView, Streams } from '@testmesh/testing/checkers';
import kafkajs from 'kafkajs';

// Everything that is there to be judged, read from the stores themselves and past every service.

const PAGE = 2000;

/** The journal, whole. */
export const readStreams = async ({ feed }: Pick<Storage, 'feed'>): Promise<Streams> => {
  const events: RecordedEvent[] = [];
  for (let cursor = FEED_START; ; ) {
    const page = await feed.readAfter(cursor, PAGE);
    if (page.events.length === 0) break;
    for (const event of page.events) events.push(event);
    cursor = page.cursor;
  }
  const streams = Map.groupBy(events, ({ stream }) => stream);
  // The feed may give a stream's events out of their order; a gap or a repetition still shows.
  for (const each of streams.values()) each.sort((one, other) => one.ver - other.ver);
  return streams;
};

const REBUILT = 'chaos.rebuilt';

/** Folds every view anew beside those that are shown. */
export const rebuild = async ({ feed, journal, views }: Storage): Promise<void> => {
  const broken: unknown[] = [];
  const projector = new Projector({
    name: REBUILT,
    view: runView,
    feed,
    journal,
    store: views,
    clock: systemClock,
    random: seededRandom(REBUILT),
    onFault: ({ error }) => broken.push(error),
  });
  while (await projector.round());
  if (broken.length > 0) throw broken[0];
};

interface ViewRow {
  readonly stream: string;
  readonly ver: number;
  readonly bytes: Buffer | null;
  readonly coding: 'identity' | 'br';
  readonly digest: string;
}

/** Every column but the projector's name and the moment of writing, as one text. */
const VIEWS = `select stream, ver, bytes, coding,
    md5((to_jsonb(v) - 'projector' - 'updated_at' - 'bytes')::text) as digest
  from testmesh.run_view v where projector = $1`;

export interface ReadViews {
  readonly viewOf: (stream: string) => StoredView | undefined;
  readonly rebuiltOf: (stream: string) => StoredView | undefined;
  /** Streams whose row differs from the rebuilt one in a column. */
  readonly different: readonly string[];
}

/** The views as they are shown, and as `rebuild` made them. */
export const readViews = async ({ pool }: Storage): Promise<ReadViews> => {
  const read = async (projector: string): Promise<ReadonlyMap<string, ViewRow>> => {
    const { rows } = await pool.query<ViewRow>(VIEWS, [projector]);
    return new Map(rows.map((row) => [row.stream, row]));
  };
  const [shown, rebuilt] = [await read(RUN_VIEWS), await read(REBUILT)];
  return {
    viewOf: (stream) => storedView(shown.get(stream)),
    rebuiltOf: (stream) => storedView(rebuilt.get(stream)),
    different: [...shown.values()]
      .filter((row) => rebuilt.get(row.stream)?.digest !== row.digest)
      .map((row) => row.stream),
  };
};

const storedView = (row: ViewRow | undefined): StoredView | undefined =>
  row && { ver: row.ver, columns: {}, ...(row.bytes !== null && { bytes: unpacked(row.bytes, row.coding) }) };

const unpacked = (bytes: Buffer, coding: ViewRow['coding']): Buffer =>
  coding === 'br' ? brotliDecompressSync(bytes) : bytes;

/** Resolves when the views and the bus have everything; false when the limit came first. */
export const caughtUp = async (storage: Storage, checkpoints: readonly string[], limitMs: number): Promise<boolean> => {
  const until = performance.now() + limitMs;
  for (;;) {
    const cursors = await Promise.all(checkpoints.map((name) => storage.views.cursor(name)));
    const left = await Promise.all(cursors.map((cursor) => storage.feed.readAfter(cursor, 1)));
    if (left.every(({ events }) => events.length === 0)) return true;
    if (performance.now() > until) return false;
    await sleep(100);
  }
};

/** Everything on a topic. */
export interface BusContent {
  /** How many messages, repetitions included. */
  readonly messages: number;
  /** Of the events. */
  readonly ids: ReadonlySet<string>;
  /** Keys, headers and bodies, a text per message. */
  readonly texts: readonly string[];
}

export const readBus = async (brokers: string, topic: string): Promise<BusContent> => {
  const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map(
    (await admin.fetchTopicOffsets(topic)).map(({ partition, high, low }) => [partition, [low, high]]),
  );
  await admin.disconnect();
  const ids = new Set<string>();
  const texts: string[] = [];
  const left = new Set([...ends].filter(([, [low, high]]) => low !== high).map(([partition]) => partition));
  const messages = [...ends.values()].reduce((sum, [low, high]) => sum + Number(high) - Number(low), 0);
  if (left.size === 0) return { messages, ids, texts };
  const groupId = `chaos-${createHash('sha256').update(topic).digest('hex').slice(0, 12)}`;
  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const { promise, resolve } = Promise.withResolvers<void>();
  await consumer.run({
    eachBatch: async ({ batch }) => {
      for (const message of batch.messages) {
        ids.add(String(message.headers?.['ce_id']));
        texts.push(textOf(message));
      }
      const [, high] = ends.get(batch.partition) ?? [];
      if (BigInt(batch.lastOffset()) + 1n >= BigInt(high ?? 0)) left.delete(batch.partition);
      if (left.size === 0) resolve();
    },
  });
  await promise;
  await consumer.disconnect();
  return { messages, ids, texts };
};

const textOf = ({ key, headers, value }: kafkajs.KafkaMessage): string =>
  [key, ...Object.entries(headers ?? {}).flat(), value].map(String).join('\n');
