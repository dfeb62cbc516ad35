import type { JournalMessage } from '@testmesh/domain';
import type { Bus, Subscription } from '@testmesh/ports';
import kafkajs, { type ISocketFactory, type Kafka, type KafkaConfig, type Producer } from 'kafkajs';
import { partitionerByStream } from './partitioner.ts';
import { eventOf, messageOf } from './record.ts';
import './request-queue-patch.ts';
import { startReader } from './reader.ts';
import { ensureTopic, JOURNAL_TOPIC, TopicRefused, type TopicSettings } from './topic.ts';

// The bus over Kafka. kafkajs loses and doubles acknowledged messages when several sends are in flight on one producer,
// so that nothing here relies on it: readers gate by version, and the journal is the truth.
// K1. One send is in flight at a time.
// K2. A send that failed may have been stored: the producer is thrown away, and whoever published sends the same again.
// K3. A topic is made by us with settings we know, and verified before it is used; brokers never make one by themselves.

export interface KafkaBusSettings extends Partial<TopicSettings> {
  readonly brokers: readonly string[];
  readonly clientId?: string;
  readonly ssl?: KafkaConfig['ssl'];
  readonly sasl?: KafkaConfig['sasl'];
  /** How connections are made, for those who go through a proxy. */
  readonly socketFactory?: ISocketFactory;
  /** Whoever starts does not need the bus: brokers that do not answer are told to `warn`, and asked again when there is something to send. */
  readonly mayBeDown?: boolean;
  /** Told what the operator should know: a reader that crashed, a message of somebody else. */
  readonly warn?: (message: string) => void;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MOST_PER_SEND = 500;
const MOST_BYTES_PER_SEND = 512 * 1024;

/** A bus over the brokers; the topic is ready when the promise is fulfilled, unless brokers may be down. */
export const kafkaBus = async (settings: KafkaBusSettings): Promise<Bus> => {
  const { brokers, clientId = 'testmesh', ssl, sasl, socketFactory, warn = () => undefined } = settings;
  const topic: TopicSettings = {
    topic: settings.topic ?? JOURNAL_TOPIC,
    partitions: settings.partitions ?? 24,
    replicas: settings.replicas ?? Math.min(3, brokers.length),
    retentionMs: settings.retentionMs ?? 7 * DAY_MS,
  };
  const kafka = new kafkajs.Kafka({
    clientId,
    brokers: [...brokers],
    ...(ssl !== undefined && { ssl }),
    ...(sasl !== undefined && { sasl }),
    ...(socketFactory !== undefined && { socketFactory }),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000 },
  });
  const ready = onceItSucceeds(() => ensureTopic(kafka, topic));
  await ready().catch((error: Error) => {
    if (settings.mayBeDown !== true || error instanceof TopicRefused) throw error;
    warn(`Kafka cannot be reached, nothing is sent on until it can: ${error.message}`);
  });
  const sender = new Sender(kafka, topic.topic, ready);
  return {
    publish: (messages) => sender.publish(messages),
    subscribe: async (subscription: Subscription) => {
      await ready();
      return startReader({ kafka, topic: topic.topic, subscription, read: eventOf, warn });
    },
    close: () => sender.close(),
  };
};

const onceItSucceeds = (work: () => Promise<void>): (() => Promise<void>) => {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
};

class Sender {
  readonly #kafka: Kafka;
  readonly #topic: string;
  readonly #topicReady: () => Promise<void>;
  #producer: Promise<Producer> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(kafka: Kafka, topic: string, topicReady: () => Promise<void>) {
    this.#kafka = kafka;
    this.#topic = topic;
    this.#topicReady = topicReady;
  }

  publish(messages: readonly JournalMessage[]): Promise<void> {
    const sent = this.#last.then(() => this.#send(messages));
    this.#last = sent.catch(() => undefined);
    return sent;
  }

  async close(): Promise<void> {
    await this.#last;
    const producer = await this.#producer?.catch(() => undefined);
    this.#producer = undefined;
    await producer?.disconnect();
  }

  async #send(messages: readonly JournalMessage[]): Promise<void> {
    await this.#topicReady();
    const producer = await this.#connected();
    try {
      for (const portion of inPortions(messages.map(messageOf))) {
        await producer.sendBatch({ acks: -1, topicMessages: [{ topic: this.#topic, messages: portion }] });
      }
    } catch (error) {
      this.#producer = undefined;
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  #connected(): Promise<Producer> {
    this.#producer ??= connect(this.#kafka).catch((error) => {
      this.#producer = undefined;
      throw error;
    });
    return this.#producer;
  }
}

const connect = async (kafka: Kafka): Promise<Producer> => {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: partitionerByStream,
  });
  await producer.connect();
  return producer;
};

type Messages = ReturnType<typeof messageOf>[];

const inPortions = (messages: Messages): readonly Messages[] => {
  const portions: Messages[] = [];
  let portion: Messages = [];
  let bytes = 0;
  for (const message of messages) {
    const size = message.value.length;
    if (portion.length === MOST_PER_SEND || (portion.length > 0 && bytes + size > MOST_BYTES_PER_SEND)) {
      portions.push(portion);
      portion = [];
      bytes = 0;
    }
    portion.push(message);
    bytes += size;
  }
  return portion.length === 0 ? portions : [...portions, portion];
};
