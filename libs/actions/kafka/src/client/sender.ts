// Sends messages. Invariants:
// P1. One send is in flight at a time: kafkajs' idempotent producer loses acknowledged messages otherwise.
// P2. After a failed send the producer is replaced: its sequence numbers cannot be trusted any more.
import type { ActionContext } from '@testmesh/action-kit';
import { Kafka, Partitioners, type Producer, type ProducerRecord, type RecordMetadata } from 'kafkajs';
import type { Connection } from '../config.ts';
import { closeWithin } from './closing.ts';
import { connected, joined } from './opening.ts';
import { type ClientSettings, clientSettings, connectionKey } from './settings.ts';

const RETRY = { retries: 4, initialRetryTime: 50, maxRetryTime: 500 };

export interface Sender {
  readonly send: (record: ProducerRecord) => Promise<readonly RecordMetadata[]>;
}

/** The run's producer for these brokers. */
export const sender = async (connection: Connection, context: ActionContext, signal: AbortSignal): Promise<Sender> => {
  const settings = await clientSettings(connection, context);
  return joined(signal, () =>
    context.use(
      { kind: 'kafka-producer', key: connectionKey(connection, context.runId) },
      () => QueuedSender.open(settings, signal),
      (opened) => opened.close(),
    ),
  );
};

class QueuedSender implements Sender {
  readonly #settings: ClientSettings;
  #producer: Producer | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(settings: ClientSettings) {
    this.#settings = settings;
  }

  static async open(settings: ClientSettings, signal: AbortSignal): Promise<QueuedSender> {
    const opened = new QueuedSender(settings);
    const [connect, disconnect] = [() => opened.#connect(), () => opened.close()];
    await connected({ connect, disconnect, settings, signal });
    return opened;
  }

  send(record: ProducerRecord): Promise<readonly RecordMetadata[]> {
    const sent = this.#last.then(() => this.#send(record));
    this.#last = sent.catch(() => {}); // the next send does not inherit this one's failure
    return sent;
  }

  async close(): Promise<void> {
    await this.#drop();
    this.#settings.cut();
  }

  async #drop(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer) await closeWithin(() => producer.disconnect(), this.#settings.drop);
  }

  async #send(record: ProducerRecord): Promise<readonly RecordMetadata[]> {
    try {
      const producer = this.#producer ?? (await this.#connect());
      return await producer.send(record);
    } catch (error) {
      await this.#drop();
      throw error;
    }
  }

  async #connect(): Promise<Producer> {
    const producer = new Kafka(this.#settings.config as ConstructorParameters<typeof Kafka>[0]).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: true,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: RETRY,
    });
    this.#producer = producer;
    await producer.connect();
    return producer;
  }
}
