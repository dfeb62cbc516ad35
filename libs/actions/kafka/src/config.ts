// The configs of the Kafka actions, as zod sees them after rendering. No driver is imported here.
import { byteSize, timeoutMs } from '@testmesh/contracts';
import { ExactNumber, type Value } from '@testmesh/domain';
import * as z from 'zod';
import { parseCondition } from './reading/condition.ts';
import { parsePath } from './reading/path.ts';

export type Scalar = string | number | boolean | ExactNumber;

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof ExactNumber;

// `z.unknown()` hands values through untouched, so an exact number keeps its digits.
const anyValue = z.unknown().transform((value) => value as Value | undefined);

const scalar = z
  .unknown()
  .refine(isScalar, 'a text, a number or a boolean belongs here')
  .meta({ type: ['string', 'number', 'boolean'] })
  .transform((value) => value as Scalar);

const headers = z.record(z.string(), z.union([z.array(scalar), scalar]));

const BROKER = /^[A-Za-z0-9._-]+(?::\d{1,5})?$/;
const DEFAULT_PORT = 9092;

const withPort = (broker: string): string => (broker.includes(':') ? broker : `${broker}:${DEFAULT_PORT}`);

/** `host:port, host:port` or a list of those; its output is a list with ports. */
const brokers = z
  .union([z.string().transform((text) => text.split(',')), z.array(z.string())], {
    error: ({ input }) =>
      input === undefined
        ? 'no brokers: give the step `brokers: host:port`, or supply it by the environment'
        : 'brokers are a text `host:port,host:port` or a list of those',
  })
  .transform((list) => list.map((broker) => broker.trim()).filter((broker) => broker !== ''))
  .superRefine((list, context) => {
    if (list.length === 0) context.addIssue({ code: 'custom', message: 'no brokers: the list is empty' });
    for (const broker of list.filter((item) => !BROKER.test(item)))
      context.addIssue({ code: 'custom', message: `"${broker}" is not a broker's host:port (without a scheme)` });
  })
  .transform((list) => list.map(withPort))
  .describe('Where the cluster is reached: `host:port`, several joined with commas, or a list. Port 9092 unless said.');

const sasl = z.strictObject({
  mechanism: z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(['plain', 'scram-sha-256', 'scram-sha-512']))
    .meta({ enum: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] })
    .default('plain')
    .describe('PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.'),
  username: z.string(),
  password: z.string(),
});

const tls = z.union([
  z.boolean().transform((enabled) => ({ enabled })),
  z.strictObject({
    enabled: z.boolean().default(true),
    insecure_skip_verify: z.boolean().default(false).describe("Accepts any certificate; for a test cluster's own."),
    ca_file: z.string().optional(),
    cert_file: z.string().optional(),
    key_file: z.string().optional(),
    server_name: z.string().optional(),
  }),
]);

const connection = {
  brokers,
  sasl: sasl
    .optional()
    .describe('Credentials: `mechanism` (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512), `username`, `password`.'),
  tls: tls
    .optional()
    .describe('`true`, or `enabled`, `insecure_skip_verify`, `ca_file`, `cert_file`, `key_file`, `server_name`.'),
};

const topic = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,249}$/, {
    error: ({ input }) => `"${String(input)}" is not a topic's name: letters, digits, dot, _ and -, at most 249`,
  })
  .describe('The topic.');

const timeout = timeoutMs.prefault('30s');

const PAYLOADS = ['payload', 'value', 'message'] as const;

const outgoing = z
  .strictObject({
    payload: anyValue.optional(),
    value: anyValue.optional(),
    message: anyValue.optional(),
    key: scalar.optional(),
    headers: headers.optional(),
    partition: z.int().min(0).optional(),
  })
  .superRefine((message, context) => {
    const given = PAYLOADS.filter((name) => message[name] !== undefined);
    if (given.length !== 1)
      context.addIssue({ code: 'custom', message: 'a message has exactly one of payload, value and message' });
  })
  .transform(({ payload, value, message, ...rest }) => ({ ...rest, payload: payload ?? value ?? message ?? null }));

export const kafkaProducerConfig = z
  .strictObject({
    ...connection,
    topic,
    payload: anyValue
      .optional()
      .describe('The message: a text is sent as it stands, anything else as JSON; null is a tombstone.'),
    key: scalar.optional().describe('The key; messages with the same key keep their order.'),
    headers: headers.optional().describe('Headers; a list repeats the header. `traceparent` is added unless given.'),
    partition: z.int().min(0).optional().describe("A partition's number; default by the key, else spread."),
    messages: z
      .array(outgoing)
      .min(1, 'messages is empty: there is nothing to send')
      .optional()
      .describe('Several messages in one step: a list of `{payload, key, headers, partition}`.'),
    compression: z
      .enum(['none', 'gzip'], {
        error: ({ input }) => `compression "${String(input)}" is not supported: use gzip or none`,
      })
      .default('none')
      .describe('none or gzip.'),
    timeout: timeout.describe('How long the brokers may take, connecting included.'),
  })
  .superRefine((config, context) => {
    if ((config.payload === undefined) === (config.messages === undefined))
      context.addIssue({ code: 'custom', path: ['payload'], message: 'give either payload or messages' });
    for (const name of ['key', 'headers', 'partition'] as const)
      if (config.messages !== undefined && config[name] !== undefined)
        context.addIssue({ code: 'custom', path: [name], message: `with messages, ${name} belongs to each message` });
  });

const isTemplated = (text: string): boolean => text.includes('${') || text.includes('{{');

/** What is wrong with the texts of a json_path; a text with a template is judged once it is rendered. */
const jsonPathProblems = (path: string | readonly string[], isPlainPath: boolean): readonly string[] =>
  (typeof path === 'string' ? [path] : path)
    .filter((text) => !isTemplated(text))
    .flatMap((text) => {
      if (isPlainPath)
        return parsePath(text) === undefined ? [`"${text}" is not a path; write it like $.order.id`] : [];
      const parsed = parseCondition(text);
      return 'problem' in parsed ? [parsed.problem] : [];
    });

const match = z
  .strictObject({
    key: scalar.optional(),
    key_pattern: z.string().optional(),
    headers: z.record(z.string(), scalar).optional(),
    header: z.record(z.string(), scalar).optional(),
    json_path: z.union([z.string(), z.array(z.string()), z.record(z.string(), anyValue)]).optional(),
    json_value: anyValue.optional(),
  })
  .superRefine((wanted, context) => {
    if (Object.values(wanted).every((part) => part === undefined))
      context.addIssue({ code: 'custom', message: 'match is empty: it would match every message' });
    if (wanted.json_value !== undefined && typeof wanted.json_path !== 'string')
      context.addIssue({ code: 'custom', path: ['json_value'], message: 'json_value belongs to one json_path' });
    const { json_path: path = [], json_value: value } = wanted;
    const texts = typeof path === 'string' || Array.isArray(path) ? path : Object.keys(path);
    const isPlainPath = texts !== path || (typeof path === 'string' && value !== undefined);
    for (const message of jsonPathProblems(texts, isPlainPath))
      context.addIssue({ code: 'custom', path: ['json_path'], message });
  })
  .transform(({ header, headers: wanted, ...rest }) => ({ ...rest, headers: { ...header, ...wanted } }));

export const kafkaConsumerConfig = z
  .strictObject({
    ...connection,
    topic,
    timeout: timeout.describe('How long to wait; then the step fails with a list of what was seen.'),
    count: z
      .int()
      .min(1)
      .optional()
      .describe('Wait for so many (matching) messages. Without it: until the assertions hold.'),
    match: match
      .optional()
      .describe(
        'Only messages that match: `key`, `key_pattern`, `headers`, `json_path` (conditions such as `$.id == 5`).',
      ),
    from_beginning: z
      .boolean()
      .default(false)
      .describe("Shows messages from before the run too; one must be newer than the run's start unless `allow_old`."),
    allow_old: z.boolean().default(false).describe('With from_beginning: old messages alone are enough.'),
    allow_empty: z
      .boolean()
      .default(false)
      .describe('No message within the timeout is no failure; it always waits the whole time to know.'),
    group_id: z
      .string()
      .min(1)
      .optional()
      .describe('A consumer group. Only used with `commit: true`; otherwise the read is private and leaves no trace.'),
    commit: z.boolean().default(false).describe('Starts where the group has committed and commits what was consumed.'),
    max_bytes: byteSize.prefault('64MiB').describe('The most that the kept messages may weigh together.'),
  })
  .superRefine((config, context) => {
    if (config.commit && config.group_id === undefined)
      context.addIssue({ code: 'custom', path: ['commit'], message: 'commit needs a group_id' });
    if (config.allow_old && !config.from_beginning)
      context.addIssue({ code: 'custom', path: ['allow_old'], message: 'allow_old needs from_beginning: true' });
  });

export const kafkaAdminTopicsConfig = z.strictObject({ ...connection, timeout });

export const kafkaAdminCreateTopicConfig = z.strictObject({
  ...connection,
  topic,
  partitions: z.int().min(1).default(1).describe('How many partitions.'),
  replication_factor: z.int().min(1).default(1).describe('How many brokers keep a copy.'),
  config: z.record(z.string(), scalar).optional().describe('Settings of the topic: `retention.ms`, `cleanup.policy` …'),
  timeout,
});

export const kafkaAdminDeleteTopicConfig = z.strictObject({ ...connection, topic, timeout });

export type KafkaProducerConfig = z.output<typeof kafkaProducerConfig>;
export type KafkaConsumerConfig = z.output<typeof kafkaConsumerConfig>;
export type Match = z.output<typeof match>;
export type Connection = Pick<KafkaConsumerConfig, 'brokers' | 'sasl' | 'tls'>;
