import kafkajs, { type Kafka } from 'kafkajs';

export const JOURNAL_TOPIC = 'testmesh.journal.v1';

export interface TopicSettings {
  readonly topic: string;
  /** Fixed for ever: more partitions later would move streams from one to another. */
  readonly partitions: number;
  readonly replicas: number;
  readonly retentionMs: number;
}

const CREATE_TIMEOUT_MS = 30_000;

/** Makes the topic where it is absent and refuses one whose settings would lose or reorder events. */
export const ensureTopic = async (kafka: Kafka, settings: TopicSettings): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await create(admin, settings);
    await verify(admin, settings);
  } finally {
    await admin.disconnect();
  }
};

type Admin = ReturnType<Kafka['admin']>;

const create = async (admin: Admin, { topic, partitions, replicas, retentionMs }: TopicSettings): Promise<void> => {
  if ((await admin.listTopics()).includes(topic)) return;
  await admin.createTopics({
    waitForLeaders: true,
    timeout: CREATE_TIMEOUT_MS,
    topics: [
      {
        topic,
        numPartitions: partitions,
        replicationFactor: replicas,
        configEntries: [
          { name: 'cleanup.policy', value: 'delete' },
          { name: 'retention.ms', value: String(retentionMs) },
          { name: 'min.insync.replicas', value: String(Math.max(1, replicas - 1)) },
        ],
      },
    ],
  });
};

const verify = async (admin: Admin, { topic, partitions }: TopicSettings): Promise<void> => {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const found = topics[0]?.partitions.length ?? 0;
  if (found !== partitions) {
    throw new Error(
      `the Kafka topic ${topic} has ${found} partitions where ${partitions} are configured: set the number to ${found}, it must never change`,
    );
  }
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ['cleanup.policy'] }],
  });
  const policy = resources[0]?.configEntries.find(({ configName }) => configName === 'cleanup.policy')?.configValue;
  if (policy !== 'delete') {
    throw new Error(
      `the Kafka topic ${topic} has cleanup.policy=${policy}: compaction keeps one event per run and loses the others; set it to delete`,
    );
  }
};
