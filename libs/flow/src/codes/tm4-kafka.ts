/** Codes of the Kafka actions. What a broker or the system says keeps its own code: `UNKNOWN_TOPIC_OR_PARTITION`, `ECONNREFUSED`. */
export const tm4Kafka = {
  TM4201: {
    title: 'the connection to Kafka broke for a reason without a code',
    explanation:
      'The connection to a broker could not be made or was lost, and the system gave no code for the cause; the message quotes it.',
    example: {
      wrong: `config:
  brokers: kafka.staging:9093   # this listener speaks TLS
  topic: order.created`,
      right: `config:
  brokers: kafka.staging:9093
  tls: true
  topic: order.created`,
    },
  },
  TM4202: {
    title: 'messages in a compression that cannot be read',
    explanation:
      'The topic holds messages compressed with snappy, lz4 or zstd. Only gzip and uncompressed messages can be read.',
    example: {
      wrong: `# the service's producer
compression.type: zstd`,
      right: `# the service's producer, in the test environment
compression.type: gzip`,
    },
  },
  TM4203: {
    title: 'the messages are too large together',
    explanation:
      'The messages that match weigh more than `max_bytes` (64 MiB unless the step says otherwise). Usually `from_beginning` shows the whole history of a topic.',
    example: {
      wrong: `config:
  topic: order.created
  from_beginning: true`,
      right: `config:
  topic: order.created   # what was published since the run began`,
    },
  },
  TM4204: {
    title: 'Kafka was lost while waiting',
    explanation:
      'The connection was lost during the wait and did not come back before `timeout`, so whether the message was published is not known.',
    example: {
      wrong: `config:
  topic: order.created
  timeout: 2s   # a restarting broker needs longer`,
      right: `config:
  topic: order.created
  timeout: 30s`,
    },
  },
  TM4205: {
    title: 'a consumer group that is in use',
    explanation:
      'With `commit: true` the step commits for the group. The group has running members, so the broker refuses, and the step would take messages from them.',
    example: {
      wrong: `config:
  topic: order.created
  group_id: notification-service   # the service itself
  commit: true`,
      right: `config:
  topic: order.created   # without commit: a private look`,
    },
  },
  TM4206: {
    title: 'a match that cannot be read',
    explanation:
      "`match.key_pattern` is no regular expression, or a `match.json_path` is no path or condition. A condition is a path, an operator and a value: `$.order_id == 'o-1'`.",
    example: {
      wrong: `match:
  json_path: $.status = open`,
      right: `match:
  json_path: $.status == 'open'`,
    },
  },
  TM4207: {
    title: 'a partition that does not exist',
    explanation: 'The topic has fewer partitions; they are numbered from 0.',
    example: {
      wrong: `config:
  topic: order.created   # has 3 partitions
  partition: 3`,
      right: `config:
  topic: order.created
  partition: 2`,
    },
  },
  TM4208: {
    title: 'a message that was not confirmed in time',
    explanation:
      'The brokers did not confirm the message within `timeout`. It may have been stored all the same, so it is not sent again by itself.',
    example: {
      wrong: `config:
  topic: order.created
  payload: { id: 1 }
  timeout: 50ms`,
      right: `config:
  topic: order.created
  payload: { id: 1 }
  timeout: 10s`,
    },
  },
} as const;
