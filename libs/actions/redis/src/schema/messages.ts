import { byteSize, timeoutMs } from '@testmesh/contracts';
import * as z from 'zod';
import { commandSchema, step } from './command-schema.ts';
import { anyValue, filledRecord, key } from './values.ts';

const waiting = {
  timeout: timeoutMs.prefault('30s').describe('How long to wait; then the step fails with a list of what was seen.'),
  count: z
    .int()
    .min(1)
    .optional()
    .describe('Wait for so many (matching) messages. Without it: until the assertions hold.'),
  allow_empty: z
    .boolean()
    .default(false)
    .describe('No message within the timeout is no failure; it always waits the whole time to know.'),
  max_bytes: byteSize.prefault('16MiB').describe('The most that the kept messages may weigh together.'),
};

const received = {
  count: { type: 'number', description: 'How many messages there are.' },
  skipped: { type: 'number', description: 'How many were seen that are not meant by the assertions.' },
} as const;

export const redisPublishSchema = commandSchema({
  name: 'publish',
  summary: 'Publish a message on a channel.',
  keys: {
    channel: z.string().min(1).describe('The channel.'),
    message: anyValue.describe('A text is published as it stands, anything else as JSON.'),
  },
  keyAliases: { payload: 'message', value: 'message' },
  result: {
    receivers: { type: 'number', description: 'How many subscribers got it.' },
    channel: { type: 'string', description: 'The channel.' },
  },
  effect: 'once',
  example: step('announce', 'publish', 'channel: ${KEY}\nmessage: hello', ['receivers >= 0']),
});

export const redisSubscribeSchema = commandSchema({
  name: 'subscribe',
  summary: 'Wait for messages that were published since the run began.',
  keys: {
    channel: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .transform((given) => (typeof given === 'string' ? [given] : given))
      .describe('A channel or a list of channels; with `*`, `?` or `[…]` a pattern.'),
    ...waiting,
  },
  keyAliases: { channels: 'channel', pattern: 'channel', max_messages: 'count' },
  result: {
    messages: {
      type: 'list',
      description: '`{channel, value, received_at}`, and `json` when the value is a JSON object or list.',
    },
    value: { type: 'string', description: "The first message's text." },
    json: { type: 'any', description: 'The first message parsed, when it is a JSON object or list; else absent.' },
    channel: { type: 'string', description: "The first message's channel." },
    ...received,
  },
  effect: 'repeatable',
  checksByItself: true,
  example:
    step('announce', 'publish', 'channel: testmesh:docs\nmessage: { id: "${RANDOM_ID}" }') +
    step('heard', 'subscribe', 'channel: testmesh:docs\ntimeout: 5s', ['messages[0].json.id == "${RANDOM_ID}"']),
});

export const redisXaddSchema = commandSchema({
  name: 'xadd',
  summary: 'Append an entry to a stream.',
  keys: {
    key,
    fields: filledRecord(anyValue).describe('Fields and values; what is not a text is written as JSON.'),
  },
  keyAliases: { stream: 'key', values: 'fields' },
  result: { id: { type: 'string', description: "The entry's id." } },
  effect: 'once',
  example: step('append', 'xadd', 'key: ${KEY}\nfields: { status: open }', ['id exists']),
});

export const redisXreadSchema = commandSchema({
  name: 'xread',
  summary: 'Wait for entries that were appended to a stream since the run began.',
  keys: {
    key,
    from_beginning: z
      .boolean()
      .default(false)
      .describe("Shows older entries too; one must be newer than the run's start unless `allow_old`."),
    allow_old: z.boolean().default(false).describe('With from_beginning: old entries alone are enough.'),
    ...waiting,
  },
  keyAliases: { stream: 'key', max_messages: 'count' },
  result: {
    messages: { type: 'list', description: '`{id, value}`: the fields of the entry and their texts.' },
    value: { type: 'object', description: "The first entry's fields." },
    id: { type: 'string', description: "The first entry's id." },
    ...received,
  },
  resultAliases: { entries: 'messages' },
  effect: 'repeatable',
  checksByItself: true,
  example:
    step('append', 'xadd', 'key: ${KEY}\nfields: { status: open }') +
    step('read', 'xread', 'key: ${KEY}\ntimeout: 5s', ['value.status == "open"']),
});

export const messageSchemas = [redisPublishSchema, redisSubscribeSchema, redisXaddSchema, redisXreadSchema];
