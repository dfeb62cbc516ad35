import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type ITopicMetadata, type Kafka } from 'kafkajs';

export const JOURNAL_TOPIC = 'testmesh.journal.v1';

export interface TopicSettings {
  readonly topic: string;
  /** Fixed for ever: more partitions later would move streams from one to another. */
  readonly partitions: number;
  readonly replicas: number;
  readonly retentionMs: number;
}

/** The topic is there, with settings that would lose or reorder events: nothing but an operator can help. */
export class TopicRefused extends Error {}

/** Bytes of the largest event: a flow of 10 MB, the most a request holds, is recorded as it is, with what JSON escapes of it. */
const MOST_BYTES = 32 * 1024 * 1024;

const CREATE_TIMEOUT_MS = 30_000;
/** A broker knows a topic a little later than it was made. */
const KNOWN_AFTER_MS = 100;

/** Makes the topic where it is absent; rejects with `TopicRefused` when it has other settings. */
export const ensureTopic = async (kafka: Kafka, settings: TopicSettings): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await create(admin, settings);
    refuseShape(await metadataOf(admin, settings.topic), settings);
    refuseConfiguration(await configurationOf(admin, settings.topic), settings);
  } finally {
    await admin.disconnect();
  }
};

type Admin = ReturnType<Kafka['admin']>;

const create = async (admin: Admin, { topic, partitions, replicas, retentionMs }: TopicSettings): Promise<void> => {
  if ((await admin.listTopics()).includes(topic)) return;
  // False when another service made it meanwhile; it is verified all the same.
  await admin.createTopics({
    waitForLeaders: false,
    timeout: CREATE_TIMEOUT_MS,
    topics: [
      {
        topic,
        numPartitions: partitions,
        replicationFactor: replicas,
        configEntries: [
          { name: 'cleanup.policy', value: 'delete' },
          { name: 'retention.ms', value: String(retentionMs) },
          { name: 'max.message.bytes', value: String(MOST_BYTES) },
          { name: 'min.insync.replicas', value: String(Math.max(1, replicas - 1)) },
        ],
      },
    ],
  });
};

const metadataOf = async (admin: Admin, topic: string): Promise<ITopicMetadata> => {
  const deadline = performance.now() + CREATE_TIMEOUT_MS;
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const [found] = topics;
      if (found?.partitions.every(({ leader }) => leader >= 0)) return found;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    if (performance.now() > deadline) throw new Error(`the Kafka topic ${topic} has partitions without a leader`);
    await sleep(KNOWN_AFTER_MS);
  }
};

const configurationOf = async (admin: Admin, topic: string): Promise<ReadonlyMap<string, string>> => {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
  });
  return new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
};

const refuseShape = ({ partitions: found }: ITopicMetadata, { topic, partitions, replicas }: TopicSettings): void => {
  if (found.length !== partitions) {
    throw new TopicRefused(
      `the Kafka topic ${topic} has ${found.length} partitions where ${partitions} are configured: ` +
        `set KAFKA_PARTITIONS to ${found.length}, it must never change`,
    );
  }
  const copies = Math.min(...found.map((partition) => partition.replicas.length));
  if (copies < replicas) {
    throw new TopicRefused(
      `the Kafka topic ${topic} has ${copies} replicas where ${replicas} are configured: ` +
        `reassign its partitions, or set KAFKA_REPLICAS to ${copies}`,
    );
  }
};

const refuseConfiguration = (
  found: ReadonlyMap<string, string>,
  { topic, replicas, retentionMs }: TopicSettings,
): void => {
  const policy = found.get('cleanup.policy');
  if (policy !== 'delete') {
    throw new TopicRefused(
      `the Kafka topic ${topic} has cleanup.policy=${policy}: compaction keeps one event per run and loses the others; ` +
        'set it to delete',
    );
  }
  const retention = Number(found.get('retention.ms'));
  if (retention !== -1 && retention < retentionMs) {
    throw new TopicRefused(
      `the Kafka topic ${topic} has retention.ms=${retention}: readers that were away would miss events; ` +
        `set it to ${retentionMs} or more`,
    );
  }
  const largest = Number(found.get('max.message.bytes'));
  if (largest < MOST_BYTES) {
    throw new TopicRefused(
      `the Kafka topic ${topic} has max.message.bytes=${largest}: a large event would hold up all behind it; ` +
        `set it to ${MOST_BYTES} or more`,
    );
  }
  const inSync = Number(found.get('min.insync.replicas'));
  if (inSync < replicas - 1) {
    throw new TopicRefused(
      `the Kafka topic ${topic} has min.insync.replicas=${inSync} with ${replicas} replicas: ` +
        `a broker that dies would take events along; set it to ${replicas - 1}`,
    );
  }
};
