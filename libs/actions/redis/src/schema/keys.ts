import { durationMs } from '@testmesh/contracts';
import * as z from 'zod';
import { commandSchema, step } from './command-schema.ts';
import { key } from './values.ts';

const put = step('put', 'set', 'key: ${KEY}\nvalue: hello');
const keyOrKeys = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((given) => (typeof given === 'string' ? [given] : given))
  .describe('A key or a list of keys.');

export const redisDelSchema = commandSchema({
  name: 'del',
  summary: 'Delete keys.',
  keys: { key: keyOrKeys },
  keyAliases: { keys: 'key' },
  result: { deleted: { type: 'number', description: 'How many there were.' } },
  effect: 'once',
  aliases: ['redis.delete', 'redis_delete'],
  example: put + step('drop', 'del', 'key: ${KEY}', ['deleted == 1']),
});

export const redisExistsSchema = commandSchema({
  name: 'exists',
  summary: 'Look whether keys exist.',
  keys: { key: keyOrKeys },
  keyAliases: { keys: 'key' },
  result: {
    exists: { type: 'boolean', description: 'Whether all of them exist.' },
    count: { type: 'number', description: 'How many of them exist.' },
  },
  effect: 'repeatable',
  example: put + step('look', 'exists', 'key: ${KEY}', ['exists == true']),
});

export const redisExpireSchema = commandSchema({
  name: 'expire',
  summary: 'Give a key a time to live.',
  keys: { key, ttl: durationMs.describe('How long the key lives from now: `30s`, `5m`.') },
  keyAliases: { seconds: 'ttl', ex: 'ttl' },
  result: { ok: { type: 'boolean', description: 'False when there is no such key.' } },
  effect: 'once',
  example: put + step('limit', 'expire', 'key: ${KEY}\nttl: 1m', ['ok == true']),
});

export const redisTtlSchema = commandSchema({
  name: 'ttl',
  summary: 'Look how long a key still lives.',
  keys: { key },
  result: {
    ttl: { type: 'number', description: 'Seconds; -1 when it lives for ever, -2 when there is no such key.' },
    ttl_ms: { type: 'number', description: 'The same in milliseconds.' },
    exists: { type: 'boolean', description: 'Whether there is such a key.' },
    expires: { type: 'boolean', description: 'Whether it will go by itself.' },
  },
  effect: 'repeatable',
  example: put + step('look', 'ttl', 'key: ${KEY}', ['expires == false', 'ttl == -1']),
});

export const redisTypeSchema = commandSchema({
  name: 'type',
  summary: 'Look what kind of value a key holds.',
  keys: { key },
  result: {
    type: { type: 'string', description: 'string, list, set, zset, hash, stream; none when there is no such key.' },
    exists: { type: 'boolean', description: 'Whether there is such a key.' },
  },
  effect: 'repeatable',
  example: put + step('look', 'type', 'key: ${KEY}', ['type == "string"']),
});

export const redisKeysSchema = commandSchema({
  name: 'keys',
  summary: 'List the keys that match a pattern.',
  keys: {
    pattern: z.string().min(1).describe('Redis glob: `order:*`, `user:?`.'),
    type: z
      .string()
      .optional()
      .describe('Only keys that hold this kind of value: string, hash, list, set, zset, stream.'),
    limit: z.int().min(1).default(1000).describe('The most keys there may be; more is an error, not a cut.'),
  },
  keyAliases: { match: 'pattern' },
  result: {
    keys: { type: 'list', description: 'The keys, sorted.' },
    count: { type: 'number', description: 'How many there are.' },
  },
  effect: 'repeatable',
  aliases: ['redis.scan', 'redis_scan'],
  example: put + step('find', 'keys', 'pattern: ${KEY}*', ['count == 1']),
});

export const keySchemas = [
  redisDelSchema,
  redisExistsSchema,
  redisExpireSchema,
  redisTtlSchema,
  redisTypeSchema,
  redisKeysSchema,
];
