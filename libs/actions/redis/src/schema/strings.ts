import { durationMs } from '@testmesh/contracts';
import { isNumber } from '@testmesh/domain';
import * as z from 'zod';
import { commandSchema, step } from './command-schema.ts';
import { anyValue, key } from './values.ts';

const put = step('put', 'set', 'key: ${KEY}\nvalue: { status: open }\nttl: 1m');

export const redisGetSchema = commandSchema({
  name: 'get',
  summary: 'Read a key.',
  keys: { key },
  result: {
    value: { type: 'string', description: 'The text; null when there is no such key.' },
    exists: { type: 'boolean', description: 'Whether there is such a key.' },
    json: { type: 'any', description: 'The value parsed, when it is a JSON object or list; else absent.' },
  },
  effect: 'repeatable',
  example: put + step('read', 'get', 'key: ${KEY}', ['exists == true', 'json.status == "open"']),
});

const set = commandSchema({
  name: 'set',
  summary: 'Write a key.',
  keys: {
    key,
    value: anyValue.describe('A text is written as it stands, anything else as JSON.'),
    ttl: durationMs.optional().describe('How long the key lives: `30s`, `5m`. Without it: for ever.'),
    nx: z.boolean().default(false).describe('Only when there is no such key.'),
    xx: z.boolean().default(false).describe('Only when there is such a key.'),
    keep_ttl: z.boolean().default(false).describe('Keeps the time to live that the key has.'),
  },
  keyAliases: { ex: 'ttl', expire: 'ttl', expiration: 'ttl', keepttl: 'keep_ttl' },
  result: { ok: { type: 'boolean', description: 'False when `nx` or `xx` kept it from being written.' } },
  effect: 'once',
  example: step('put', 'set', 'key: ${KEY}\nvalue: hello\nttl: 1m', ['ok == true']),
});

export const redisSetSchema = {
  ...set,
  config: set.config
    .refine(({ nx, xx }) => !(nx && xx), { path: ['xx'], message: 'nx and xx exclude each other' })
    .refine(({ ttl, keep_ttl: keepTtl }) => ttl === undefined || !keepTtl, {
      path: ['keep_ttl'],
      message: 'ttl and keep_ttl exclude each other',
    }),
};

const by = z
  .unknown()
  .refine(isNumber, 'by is a number')
  .transform((value) => String(value))
  .prefault(1)
  .meta({ type: 'number' })
  .describe('By how much; a fraction works too.');

const counted = { value: { type: 'number', description: 'What it is now.' } } as const;

export const redisIncrSchema = commandSchema({
  name: 'incr',
  summary: 'Count a key up.',
  keys: { key, by },
  result: counted,
  effect: 'once',
  aliases: ['redis.incrby'],
  example: step('count', 'incr', 'key: ${KEY}\nby: 5', ['value == 5']),
});

export const redisDecrSchema = commandSchema({
  name: 'decr',
  summary: 'Count a key down.',
  keys: { key, by },
  result: counted,
  effect: 'once',
  aliases: ['redis.decrby'],
  example: step('count', 'decr', 'key: ${KEY}', ['value == -1']),
});

export const stringSchemas = [redisGetSchema, redisSetSchema, redisIncrSchema, redisDecrSchema];
