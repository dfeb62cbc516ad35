import { type ActionContext, type ActionOutcome, abortable, defineAction } from '@testmesh/action-kit';
import { numberFromText, stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import { CompressionTypes, type IHeaders, type Message, type RecordMetadata } from 'kafkajs';
import { brokerClient } from './client/broker-client.ts';
import { describeFailure } from './client/failure.ts';
import { sender } from './client/sender.ts';
import type { KafkaProducerConfig, Scalar } from './config.ts';
import { kafkaProducerSchema } from './schema.ts';

type Outgoing = Pick<KafkaProducerConfig, 'payload' | 'key' | 'headers' | 'partition'>;

export const kafkaProducer = defineAction({
  schema: kafkaProducerSchema,

  async run(config, context) {
    const startedAt = context.clock.monotonic();
    const deadline = AbortSignal.timeout(config.timeout);
    const signal = AbortSignal.any([context.signal, deadline]);
    const messages = (config.messages ?? [config]).map((message) => recordOf(message, context.traceparent));
    try {
      const missing = await abortable(missingPartition(config, messages, context, signal), signal);
      if (missing) return missing;
      const opened = await abortable(sender(config, context, signal), signal);
      const compression = config.compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None;
      const placed = await abortable(opened.send({ topic: config.topic, messages, compression, acks: -1 }), signal);
      const durationMs = context.clock.monotonic() - startedAt;
      return completed(config, messages, placed, durationMs);
    } catch (error) {
      context.signal.throwIfAborted();
      if (deadline.aborted) return tookTooLong(config);
      return describeFailure(error, { connection: config, topic: config.topic });
    }
  },
});

const recordOf = ({ payload, key, headers, partition }: Outgoing, traceparent: string): Message => ({
  value: payload === null || payload === undefined ? null : textOf(payload),
  key: key === undefined ? null : textOf(key),
  headers: { traceparent, ...headersOf(headers ?? {}) },
  ...(partition !== undefined && { partition }),
});

const headersOf = (headers: Readonly<Record<string, Scalar | readonly Scalar[]>>): IHeaders =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(textOf) : textOf(value as Scalar),
    ]),
  );

const textOf = (value: Value): string => (typeof value === 'string' ? value : stringifyJson(value));

/** kafkajs would drop a message for a partition that does not exist without a word. */
const missingPartition = async (
  config: KafkaProducerConfig,
  messages: readonly Message[],
  context: ActionContext,
  signal: AbortSignal,
): Promise<ActionOutcome | undefined> => {
  const wanted = messages.flatMap(({ partition }) => partition ?? []);
  if (wanted.length === 0) return undefined;
  const client = await brokerClient(config, context, signal);
  const leaders = await client.leaders(config.topic);
  const absent = wanted.find((partition) => leaders !== undefined && !leaders.has(partition));
  if (leaders === undefined || absent === undefined) return undefined;
  return {
    kind: 'not-carried-out',
    code: 'TM4207',
    reason: `topic ${config.topic} has no partition ${absent}: it has ${leaders.size}, numbered from 0`,
  };
};

const completed = (
  { topic }: KafkaProducerConfig,
  messages: readonly Message[],
  placed: readonly RecordMetadata[],
  durationMs: number,
): ActionOutcome => {
  const partitions = placed.map(({ partition, baseOffset }) => ({
    partition,
    offset: numberFromText(baseOffset ?? '-1'),
  }));
  const key = (messages[0]?.key as string | null | undefined) ?? null;
  const first = partitions[0];
  const output: ValueMap = {
    success: true,
    topic,
    ...(first && { partition: first.partition, offset: first.offset }),
    key,
    messages_sent: messages.length,
    partitions,
    duration_ms: durationMs,
  };
  const where = partitions.map(({ partition, offset }) => `${partition}@${offset}`).join(', ');
  const amount = messages.length === 1 ? '1 message' : `${messages.length} messages`;
  return {
    kind: 'completed',
    output,
    exchange: {
      kind: 'kafka',
      summary: `${amount} → ${topic} (${where}) in ${Math.round(durationMs)} ms`,
      request: messages.slice(0, SHOWN).map(shownMessage),
    },
  };
};

const SHOWN = 5;
const shownMessage = ({ key, value, headers }: Message): ValueMap => ({
  key: (key as string | null) ?? null,
  value: (value as string | null) ?? null,
  headers: headers as unknown as ValueMap,
});

const tookTooLong = ({ brokers, topic, timeout }: KafkaProducerConfig): ActionOutcome => ({
  kind: 'not-carried-out',
  code: 'TM4208',
  reason: `Kafka at ${brokers.join(',')} did not confirm the message on ${topic} within ${timeout} ms; whether it was stored is not known`,
});
