import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '@testmesh/domain';
import type { Subscription } from '@testmesh/ports';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';

// R1. Offsets are committed after a portion was handled, and only as a hint: whoever reads gates by version.
// R2. Nothing but our own error leaves the handler: kafkajs stops for good on a TypeError and looks healthy.
// R3. A consumer that kafkajs gave up is made anew, with a pause that grows.
// R4. The group hears of us on a timer, however long handling takes: kafkajs itself says nothing meanwhile, and a member
//     that is thought dead has its events handled a second time beside it.
// R5. A message that is none of ours is told and left behind: nothing else can be done about it.

interface ReaderOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly subscription: Subscription;
  readonly read: (message: Pick<KafkaMessage, 'value' | 'headers'>) => RecordedEvent;
  readonly warn: (message: string) => void;
}

const PORTION = 200;
const LONGEST_PAUSE_MS = 10_000;
const RETRY_MS = 50;
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 1_000;

/** Joins the subscription's group; reading when the promise is fulfilled. */
export const startReader = async (options: ReaderOptions): Promise<{ readonly stop: () => Promise<void> }> => {
  const leaving = new AbortController();
  let consumer: Consumer | undefined;
  let rebuilding: Promise<void> = Promise.resolve();
  const rebuild = async (): Promise<void> => {
    for (let pause = 100; !leaving.signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        consumer = await join(options, leaving.signal, () => {
          rebuilding = rebuild();
        });
        return;
      } catch (error) {
        options.warn(`the reader ${options.subscription.name} could not join: ${(error as Error).message}`);
        await sleep(pause, undefined, { signal: leaving.signal, ref: false }).catch(() => undefined);
      }
    }
  };
  await rebuild();
  return {
    stop: async () => {
      leaving.abort();
      await rebuilding;
      await consumer?.disconnect();
    },
  };
};

const join = async (options: ReaderOptions, leaving: AbortSignal, onGone: () => void): Promise<Consumer> => {
  const { kafka, topic, subscription, warn } = options;
  const consumer = kafka.consumer({
    groupId: `testmesh.${subscription.name}`,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
    sessionTimeout: SESSION_MS,
    heartbeatInterval: HEARTBEAT_MS,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 },
  });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve());
  });
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    warn(`the reader ${subscription.name} crashed: ${error.message}`);
    if (restart || leaving.aborted) return;
    void consumer
      .disconnect()
      .catch(() => undefined)
      .then(onGone);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => handleBatch(payload, options, leaving),
    });
    await joined;
    return consumer;
  } catch (error) {
    await consumer.disconnect().catch(() => undefined);
    throw error;
  }
};

const handleBatch = async (payload: EachBatchPayload, options: ReaderOptions, leaving: AbortSignal): Promise<void> => {
  const { batch, isRunning, isStale, resolveOffset, heartbeat, commitOffsetsIfNecessary, uncommittedOffsets } = payload;
  const goesOn = (): boolean => isRunning() && !isStale() && !leaving.aborted;
  for (let at = 0; at < batch.messages.length && goesOn(); at += PORTION) {
    const portion = batch.messages.slice(at, at + PORTION);
    const events = portion.flatMap((message) => readable(message, options));
    await handle(events, options, goesOn, heartbeat);
    if (!goesOn()) return;
    const last = portion.at(-1);
    if (last !== undefined) resolveOffset(last.offset);
    await heartbeat();
    await commitOffsetsIfNecessary(uncommittedOffsets());
  }
};

/** Tries until it succeeds or the partition is taken away; the group is told meanwhile that we live. */
const handle = async (
  events: readonly RecordedEvent[],
  { subscription, warn }: ReaderOptions,
  goesOn: () => boolean,
  heartbeat: () => Promise<void>,
): Promise<void> => {
  for (let pause = RETRY_MS; events.length > 0 && goesOn(); pause = Math.min(pause * 2, 1_000)) {
    // A failed heartbeat shows at the next one, which is awaited.
    const alive = setInterval(() => heartbeat().catch(() => undefined), HEARTBEAT_MS);
    try {
      await subscription.handle(events);
      return;
    } catch (error) {
      warn(`the reader ${subscription.name} could not handle ${events.length} events: ${(error as Error).message}`);
      await sleep(pause);
      await heartbeat();
    } finally {
      clearInterval(alive);
    }
  }
};

const readable = (message: KafkaMessage, { read, warn }: ReaderOptions): RecordedEvent[] => {
  try {
    return [read(message)];
  } catch (error) {
    warn(`a message at offset ${message.offset} is no event of ours: ${(error as Error).message}`);
    return [];
  }
};
