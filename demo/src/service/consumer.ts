import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import kafkajs, { type Consumer, type EachMessagePayload, type Kafka } from 'kafkajs';
import * as z from 'zod';
import type { FaultSwitch } from './faults.ts';
import { untilGranted } from './kafka.ts';
import { withTrace } from './trace.ts';

// C1. A group that has never read starts at the newest event as of its boot, and remembers that place at once;
//     one that has read goes on where it stopped. Nothing sent while it was away is missed.
// C2. An event is handled at least once. Its id is the same on every delivery, so a handler can make it exactly once.
// C3. An event that cannot be understood is reported and left behind: waiting would stop every event after it.
// C4. Any other failure is tried again until it succeeds: the order of events is kept.

/** What a handler is told beside the payload. */
export interface Delivery {
  readonly eventId: string;
}

export type EventHandler = (payload: unknown, delivery: Delivery) => Promise<void>;
export type EventHandlers = Readonly<Record<string, EventHandler>>;

class UnreadableEvent extends Error {}

/** A handler that is only called with payloads of the promised shape. */
export const handler =
  <Payload>(
    schema: z.ZodType<Payload>,
    handle: (payload: Payload, delivery: Delivery) => Promise<void>,
  ): EventHandler =>
  async (payload, delivery) => {
    const parsed = schema.safeParse(payload);
    if (!parsed.success) throw new UnreadableEvent(z.prettifyError(parsed.error));
    await handle(parsed.data, delivery);
  };

interface Subscription {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly handlers: EventHandlers;
  readonly faults: FaultSwitch;
  readonly log: FastifyBaseLogger;
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnreadableEvent('the value is not JSON', { cause });
  }
};

/** Events of other senders carry no id: then the place in the log is their name. */
const eventIdOf = ({ topic, partition, message }: EachMessagePayload): string =>
  message.headers?.['event_id']?.toString() ?? `${topic}/${partition}/${message.offset}@${message.timestamp}`;

/** Waits in slices, so that the group does not take the consumer for dead. */
const delay = async (ms: number, heartbeat: () => Promise<void>): Promise<void> => {
  for (let left = ms; left > 0; left -= 500) {
    await sleep(Math.min(left, 500));
    await heartbeat();
  }
};

const deliver =
  ({ handlers, faults, log }: Subscription) =>
  async (received: EachMessagePayload): Promise<void> => {
    const { topic, message, heartbeat } = received;
    const { drop_events: dropped = [], consumer_delay_ms: delayMs = 0 } = faults.current;
    await delay(delayMs, heartbeat);
    if (dropped.includes(topic)) return;
    const eventId = eventIdOf(received);
    try {
      const payload = parseJson(message.value?.toString() ?? '');
      await withTrace(message.headers?.['traceparent']?.toString(), () => handlers[topic]?.(payload, { eventId }));
    } catch (error) {
      const { message: reason } = error as Error;
      log.error({ topic, eventId, key: message.key?.toString(), reason }, 'event not handled');
      // kafkajs gives up for good on errors it does not know, a TypeError among them: this one it tries again.
      if (!(error instanceof UnreadableEvent)) throw new kafkajs.KafkaJSError(reason, { retriable: true });
    }
  };

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** Where a group that has not read these topics yet has to start: their ends, as they are now. */
const firstPlaces = async (kafka: Kafka, groupId: string, topics: readonly string[]): Promise<readonly Place[]> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const known = await untilGranted(() => admin.fetchOffsets({ groupId, topics: [...topics] }));
    const unread = known.flatMap(({ topic, partitions }) =>
      partitions.filter(({ offset }) => offset === '-1').map(({ partition }) => ({ topic, partition })),
    );
    const ends = new Map<string, string>();
    for (const topic of new Set(unread.map((place) => place.topic))) {
      for (const { partition, high } of await untilGranted(() => admin.fetchTopicOffsets(topic)))
        ends.set(`${topic}/${partition}`, high);
    }
    return unread.map((place) => ({ ...place, offset: ends.get(`${place.topic}/${place.partition}`) ?? '0' }));
  } finally {
    await admin.disconnect();
  }
};

const watch = (consumer: Consumer, log: FastifyBaseLogger) => {
  let ready = false;
  consumer.on(consumer.events.GROUP_JOIN, () => {
    ready = true;
  });
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    ready = false;
    log.error({ reason: error.message, restart }, 'consumer crashed');
  });
  return () => ready;
};

/** Reads the handlers' topics; ready to take an event when the promise is fulfilled. */
export const startConsumer = async (
  subscription: Subscription,
): Promise<{ readonly isUp: () => boolean; readonly stop: () => Promise<void> }> => {
  const { kafka, groupId, handlers, log } = subscription;
  const topics = Object.keys(handlers);
  const places = await firstPlaces(kafka, groupId, topics);
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 200,
    sessionTimeout: 10_000,
    heartbeatInterval: 1_000,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 10 },
  });
  const isUp = watch(consumer, log);
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({ eachMessage: deliver(subscription) });
  for (const place of places) consumer.seek(place);
  return { isUp, stop: () => consumer.disconnect() };
};
