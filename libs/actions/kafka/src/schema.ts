// The driver-free face of the Kafka actions: validation, completion and documentation load this and nothing else.
import type { ActionSchema, ConfigFault, ConfigLook } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import {
  kafkaAdminCreateTopicConfig,
  kafkaAdminDeleteTopicConfig,
  kafkaAdminTopicsConfig,
  kafkaConsumerConfig,
  kafkaProducerConfig,
} from './config.ts';

const durationKey = { type: 'number', description: 'How long the step took, in milliseconds.' } as const;

export const kafkaProducerSchema = {
  type: 'kafka_producer',
  aliases: ['kafka_publish', 'kafka_produce', 'kafka.produce'],
  summary: 'Send one or several messages to a topic.',
  config: kafkaProducerConfig,
  keyAliases: { value: 'payload', message: 'payload' },
  environmentKeys: ['brokers', 'sasl', 'tls'],
  result: {
    success: { type: 'boolean', description: 'True: every in-sync replica has the messages.' },
    topic: { type: 'string', description: 'The topic.' },
    partition: { type: 'number', description: 'The partition of the first message.' },
    offset: { type: 'number', description: 'The offset of the first message.' },
    key: { type: 'any', description: 'The key of the first message, or null.' },
    messages_sent: { type: 'number', description: 'How many messages were sent.' },
    partitions: { type: 'list', description: '`{partition, offset}` per partition: where its first message went.' },
    duration_ms: durationKey,
  },
  resultAliases: { count: 'messages_sent' },
  effect: () => 'once',
  checksByItself: false,
  needs: 'broker',
  example: `flow:
  name: A message comes back with its digits
  env:
    KAFKA_BROKERS: localhost:9092
  steps:
    - id: publish
      action: kafka_producer
      config:
        brokers: \${KAFKA_BROKERS}
        topic: testmesh.docs.payments
        key: pay-\${RANDOM_ID}
        payload:
          payment_id: pay-\${RANDOM_ID}
          amount: 12345678901234567.89
      assert:
        - offset >= 0
    - id: read_back
      action: kafka_consumer
      config:
        brokers: \${KAFKA_BROKERS}
        topic: testmesh.docs.payments
        timeout: 10s
      assert:
        - value.payment_id == "pay-\${RANDOM_ID}"
        - value.amount == 12345678901234567.89
`,
} as const satisfies ActionSchema;

/** `auto_offset_reset: earliest` is how other tools say `from_beginning: true`. */
const normaliseConsumer = ({ auto_offset_reset: reset, ...config }: Readonly<Record<string, unknown>>) => {
  if (reset === undefined) return config;
  if (reset === 'latest') return config;
  if (reset === 'earliest') return { from_beginning: true, ...config };
  return { ...config, auto_offset_reset: reset };
};

const consumerFaults = ({ match }: ValueMap, { isOpen, patternProblem }: ConfigLook): readonly ConfigFault[] => {
  const pattern = typeof match === 'object' && match !== null && 'key_pattern' in match ? match.key_pattern : undefined;
  const problem = typeof pattern !== 'string' || isOpen(pattern) ? undefined : patternProblem(pattern);
  return problem === undefined
    ? []
    : [{ path: ['match', 'key_pattern'], message: `not a regular expression: ${problem}` }];
};

export const kafkaConsumerSchema = {
  type: 'kafka_consumer',
  aliases: ['kafka_consume', 'kafka.consume'],
  summary: 'Wait for messages that were published since the run began.',
  config: kafkaConsumerConfig,
  keyAliases: {
    max_messages: 'count',
    maxMessages: 'count',
    fromBeginning: 'from_beginning',
    filter: 'match',
    groupId: 'group_id',
  },
  normalise: normaliseConsumer,
  faults: consumerFaults,
  environmentKeys: ['brokers', 'sasl', 'tls'],
  result: {
    messages: {
      type: 'list',
      description:
        '`{topic, partition, offset, key, value, raw, headers, timestamp}`; a field of the value is also reachable directly: `messages[0].order_id`.',
    },
    value: { type: 'any', description: "The first message's value, parsed when it is JSON." },
    key: { type: 'any', description: "The first message's key, or null." },
    count: { type: 'number', description: 'How many messages there are.' },
    skipped: { type: 'number', description: 'How many messages were seen that did not match.' },
    topic: { type: 'string', description: 'The topic.' },
    success: { type: 'boolean', description: 'True.' },
    duration_ms: durationKey,
  },
  resultAliases: { messages_received: 'count' },
  effect: ({ commit }) => (commit === true ? 'once' : 'repeatable'),
  checksByItself: true,
  needs: 'broker',
  example: `flow:
  name: An order is announced
  env:
    KAFKA_BROKERS: localhost:9092
    ORDER_SERVICE: http://localhost:5003
  steps:
    - id: place_order
      action: http_request
      config:
        method: POST
        url: \${ORDER_SERVICE}/orders
        body: { product_id: SKU-100, quantity: 2 }
      output:
        order_id: $.body.id
    - id: order_announced
      action: kafka_consumer
      config:
        brokers: \${KAFKA_BROKERS}
        topic: order.created
        timeout: 10s
      assert:
        - value.order_id == "\${order_id}"
`,
} as const satisfies ActionSchema;

const topicFlow = (steps: string): string => `flow:
  name: A topic is made and removed
  env:
    KAFKA_BROKERS: localhost:9092
  steps:
${steps}`;

const makeTopic = `    - id: make_topic
      action: kafka.admin.createTopic
      config:
        brokers: \${KAFKA_BROKERS}
        topic: testmesh.docs.\${RANDOM_ID}
        partitions: 3
      assert:
        - created == true
`;

const dropTopic = `  teardown:
    - id: drop_topic
      action: kafka.admin.deleteTopic
      config:
        brokers: \${KAFKA_BROKERS}
        topic: testmesh.docs.\${RANDOM_ID}
`;

const listTopics = `    - id: list_topics
      action: kafka.admin.topics
      config:
        brokers: \${KAFKA_BROKERS}
      assert:
        - names contains "testmesh.docs.\${RANDOM_ID}"
`;

export const kafkaAdminTopicsSchema = {
  type: 'kafka.admin.topics',
  aliases: ['kafka_admin_topics'],
  summary: 'List the topics of a cluster.',
  config: kafkaAdminTopicsConfig,
  keyAliases: {},
  environmentKeys: ['brokers', 'sasl', 'tls'],
  result: {
    topics: {
      type: 'list',
      description: '`{name, partitions, replicationFactor}` per topic, by name; internal ones left out.',
    },
    names: { type: 'list', description: 'The names alone.' },
    count: { type: 'number', description: 'How many topics there are.' },
    duration_ms: durationKey,
  },
  resultAliases: {},
  effect: () => 'repeatable',
  checksByItself: false,
  needs: 'broker',
  example: topicFlow(`${makeTopic}${listTopics}${dropTopic}`),
} as const satisfies ActionSchema;

export const kafkaAdminCreateTopicSchema = {
  type: 'kafka.admin.createTopic',
  aliases: ['kafka.admin.create_topic', 'kafka_create_topic'],
  summary: 'Create a topic; one that exists already is left as it is.',
  config: kafkaAdminCreateTopicConfig,
  keyAliases: { replicationFactor: 'replication_factor', numPartitions: 'partitions', num_partitions: 'partitions' },
  environmentKeys: ['brokers', 'sasl', 'tls'],
  result: {
    topic: { type: 'string', description: 'The topic.' },
    created: { type: 'boolean', description: 'False when it existed already.' },
    partitions: { type: 'number', description: 'How many partitions it has.' },
    replicationFactor: { type: 'number', description: 'How many brokers keep a copy.' },
    duration_ms: durationKey,
  },
  resultAliases: { replication_factor: 'replicationFactor' },
  effect: () => 'once',
  checksByItself: false,
  needs: 'broker',
  example: topicFlow(`${makeTopic}${dropTopic}`),
} as const satisfies ActionSchema;

export const kafkaAdminDeleteTopicSchema = {
  type: 'kafka.admin.deleteTopic',
  aliases: ['kafka.admin.delete_topic', 'kafka_delete_topic'],
  summary: 'Delete a topic and everything in it.',
  config: kafkaAdminDeleteTopicConfig,
  keyAliases: {},
  environmentKeys: ['brokers', 'sasl', 'tls'],
  result: {
    deleted: { type: 'list', description: 'The name of the topic; empty when there was none.' },
    topic: { type: 'string', description: 'The topic.' },
    duration_ms: durationKey,
  },
  resultAliases: {},
  effect: () => 'once',
  checksByItself: false,
  needs: 'broker',
  example: topicFlow(`${makeTopic}${dropTopic}`),
} as const satisfies ActionSchema;

export const schemas: readonly ActionSchema[] = [
  kafkaProducerSchema,
  kafkaConsumerSchema,
  kafkaAdminTopicsSchema,
  kafkaAdminCreateTopicSchema,
  kafkaAdminDeleteTopicSchema,
];
