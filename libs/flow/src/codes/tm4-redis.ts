/** Codes of the Redis actions. What Redis or the system says keeps its own code: `WRONGTYPE`, `ECONNREFUSED`. */
export const tm4Redis = {
  TM4301: {
    title: 'an address that is not one of Redis',
    explanation:
      'The `url` cannot be read: after the scheme belong user and password, host, port and the number of the database.',
    example: {
      wrong: `config:
  url: redis://localhost:port/0
  key: cart`,
      right: `config:
  url: redis://localhost:6379/0
  key: cart`,
    },
  },
  TM4302: {
    title: 'more items than the limit',
    explanation:
      'The key, range or pattern holds more items than `limit`. Nothing is cut off silently: ask for less or raise the limit.',
    example: {
      wrong: `config:
  pattern: "*"`,
      right: `config:
  pattern: order:\${order_id}:*`,
    },
  },
  TM4303: {
    title: 'a value that is too large',
    explanation: 'A value is larger than 64 MiB, or the messages of a wait weigh more than `max_bytes` together.',
    example: {
      wrong: `config:
  channel: "*"`,
      right: `config:
  channel: order.created
  count: 1`,
    },
  },
} as const;
