import { type ActionContext, type ActionOutcome, abortable, defineAction } from '@testmesh/action-kit';
import type { ValueMap } from '@testmesh/domain';
import { type Admin, Kafka } from 'kafkajs';
import { closeWithin } from './client/closing.ts';
import { describeFailure, isUnsettled, kafkaErrorType } from './client/failure.ts';
import { connected, joined } from './client/opening.ts';
import { clientSettings, connectionKey } from './client/settings.ts';
import type { Connection } from './config.ts';
import { kafkaAdminCreateTopicSchema, kafkaAdminDeleteTopicSchema, kafkaAdminTopicsSchema } from './schema.ts';

type AdminConfig = Connection & { readonly timeout: number; readonly topic?: string };

export const kafkaAdminTopics = defineAction({
  schema: kafkaAdminTopicsSchema,
  run: (config, context) =>
    administer(config, context, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata();
      const listed = topics
        .filter(({ name }) => !name.startsWith('__'))
        .map(({ name, partitions }) => ({
          name,
          partitions: partitions.length,
          replicationFactor: partitions[0]?.replicas.length ?? 0,
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      return { topics: listed, names: listed.map(({ name }) => name), count: listed.length };
    }),
});

export const kafkaAdminCreateTopic = defineAction({
  schema: kafkaAdminCreateTopicSchema,
  run: (config, context) =>
    administer(config, context, async (admin, signal) => {
      const { topic, partitions, replication_factor: replicationFactor } = config;
      const configEntries = Object.entries(config.config ?? {}).map(([name, value]) => ({
        name,
        value: String(value),
      }));
      const wanted = { topic, numPartitions: partitions, replicationFactor, configEntries };
      const created = await admin.createTopics({ topics: [wanted], waitForLeaders: false });
      const found = await ledPartitions(admin, topic, { clock: context.clock, signal });
      return { topic, created, partitions: found.length, replicationFactor: found[0]?.replicas.length ?? 0 };
    }),
});

export const kafkaAdminDeleteTopic = defineAction({
  schema: kafkaAdminDeleteTopicSchema,
  run: (config, context) =>
    administer(config, context, async (admin) => {
      try {
        await admin.deleteTopics({ topics: [config.topic] });
        return { deleted: [config.topic], topic: config.topic };
      } catch (error) {
        if (kafkaErrorType(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
        return { deleted: [], topic: config.topic };
      }
    }),
});

const administer = async (
  config: AdminConfig,
  context: ActionContext,
  work: (admin: Admin, signal: AbortSignal) => Promise<ValueMap>,
): Promise<ActionOutcome> => {
  const startedAt = context.clock.monotonic();
  const deadline = AbortSignal.timeout(config.timeout);
  const signal = AbortSignal.any([context.signal, deadline]);
  try {
    const admin = await abortable(adminClient(config, context, signal), signal);
    const result = await abortable(work(admin, signal), signal);
    return { kind: 'completed', output: { ...result, duration_ms: context.clock.monotonic() - startedAt } };
  } catch (error) {
    context.signal.throwIfAborted();
    if (deadline.aborted)
      return {
        kind: 'not-carried-out',
        code: 'ETIMEDOUT',
        reason: `Kafka at ${config.brokers.join(',')} did not answer within the step's ${config.timeout} ms`,
      };
    const { topic } = config;
    return describeFailure(error, { connection: config, ...(topic !== undefined && { topic }) });
  }
};

const LEADER_POLL_MS = 100;

type Waiting = Pick<ActionContext, 'clock' | 'signal'>;

/**
 * The partitions of a topic that was just made, once each has a leader: what the next step sends there is taken.
 * A broker that was not told yet says it does not host the topic; kafkajs's own `waitForLeaders` gives up at that.
 * Ends with the step at the latest: its signal stops the sleep.
 */
const ledPartitions = async (admin: Admin, topic: string, { clock, signal }: Waiting) => {
  for (; ; await clock.sleep(LEADER_POLL_MS, signal)) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const partitions = topics[0]?.partitions ?? [];
      if (partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)) return partitions;
    } catch (error) {
      if (!isUnsettled(error)) throw error;
    }
  }
};

const adminClient = async (connection: Connection, context: ActionContext, signal: AbortSignal): Promise<Admin> => {
  const settings = await clientSettings(connection, context);
  return joined(signal, () =>
    context.use(
      { kind: 'kafka-admin', key: connectionKey(connection, context.runId) },
      async () => {
        const admin = new Kafka(settings.config as ConstructorParameters<typeof Kafka>[0]).admin();
        const connect = () => admin.connect();
        const disconnect = () => admin.disconnect();
        await connected({ connect, disconnect, settings, signal });
        return admin;
      },
      (admin) => closeWithin(() => admin.disconnect(), settings.cut),
    ),
  );
};
