import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { Database, Transaction } from './database.ts';
import { createProducer } from './kafka.ts';
import { traceHeaders } from './trace.ts';

// O1. An event is stored in the transaction that changes the rows, so one never exists without the other.
// O2. The relay deletes what it sends and commits only when the broker has it: a crash sends again, never loses.
//     Consumers tell a second delivery by the header `event_id`.
// O3. One batch is in flight at a time, in the order the events were stored.

export interface DomainEvent {
  readonly topic: string;
  /** The id of the thing the event is about: all its events share a partition. */
  readonly key: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** An event as this service announces it; `event_type` repeats the topic. */
export const event = (topic: string, key: string, payload: Readonly<Record<string, unknown>>): DomainEvent => ({
  topic,
  key,
  payload: { event_type: topic, ...payload },
});

export const storeEvent = async (tx: Transaction, { topic, key, payload }: DomainEvent): Promise<void> => {
  await tx.query('INSERT INTO outbox (event_id, topic, key, payload, traceparent) VALUES ($1, $2, $3, $4, $5)', [
    randomUUID(),
    topic,
    key,
    JSON.stringify(payload),
    traceHeaders()['traceparent'] ?? null,
  ]);
};

/** Wakes the relay after a commit, so that an event leaves at once and not at the next look. */
export interface Bell {
  readonly ring: () => void;
  /** Answers on the first ring since the last call, or after the time. */
  readonly heard: (withinMs: number) => Promise<void>;
}

export const createBell = (): Bell => {
  let next = Promise.withResolvers<void>();
  return {
    ring: () => next.resolve(),
    async heard(withinMs) {
      await Promise.race([next.promise, sleep(withinMs, undefined, { ref: false })]);
      next = Promise.withResolvers<void>();
    },
  };
};

interface StoredEvent {
  readonly id: number;
  readonly event_id: string;
  readonly topic: string;
  readonly key: string;
  readonly payload: unknown;
  readonly traceparent: string | null;
}

const BATCH = 100;

const TAKE_WAITING = `
  DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT ${BATCH} FOR UPDATE)
  RETURNING id, event_id, topic, key, payload, traceparent`;

const record = ({ event_id, key, payload, traceparent }: StoredEvent) => ({
  key,
  value: JSON.stringify(payload),
  headers: { event_id, ...(traceparent !== null && { traceparent }) },
});

/** Sends stored events until stopped; a broker that is away delays events and loses none. */
export const startRelay = async (
  kafka: Kafka,
  database: Database,
  bell: Bell,
  onError: (error: Error) => void,
): Promise<{ readonly stop: () => Promise<void> }> => {
  const producer = createProducer(kafka);
  await producer.connect();
  let stopping = false;

  const sendWaiting = () =>
    database.transaction(async (tx) => {
      const { rows } = await tx.query<StoredEvent>(TAKE_WAITING);
      const inOrder = rows.toSorted((one, other) => one.id - other.id);
      const topics = [...new Set(inOrder.map(({ topic }) => topic))];
      if (topics.length === 0) return;
      if (rows.length === BATCH) bell.ring();
      await producer.sendBatch({
        topicMessages: topics.map((topic) => ({
          topic,
          messages: inOrder.filter((row) => row.topic === topic).map(record),
        })),
      });
    });

  const relay = async () => {
    while (!stopping) {
      await bell.heard(1_000);
      await sendWaiting().catch(onError);
    }
  };

  const running = relay();
  return {
    async stop() {
      stopping = true;
      bell.ring();
      await running;
      await producer.disconnect();
    },
  };
};
