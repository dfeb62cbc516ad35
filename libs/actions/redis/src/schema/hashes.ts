import * as z from 'zod';
import { commandSchema, step } from './command-schema.ts';
import { anyValue, filledRecord, key, limit } from './values.ts';

const put = step('put', 'hset', 'key: ${KEY}\nfields: { status: open, total: 59.98 }');

export const redisHsetSchema = commandSchema({
  name: 'hset',
  summary: 'Write fields of a hash.',
  keys: {
    key,
    fields: filledRecord(anyValue).describe('Fields and values; what is not a text is written as JSON.'),
  },
  keyAliases: { values: 'fields' },
  result: { added: { type: 'number', description: 'How many fields are new.' } },
  effect: 'once',
  aliases: ['redis.hmset'],
  example: step('put', 'hset', 'key: ${KEY}\nfields: { status: open }', ['added == 1']),
});

export const redisHgetSchema = commandSchema({
  name: 'hget',
  summary: 'Read a field of a hash.',
  keys: { key, field: z.string().describe('The field.') },
  result: {
    value: { type: 'string', description: 'The text; null when there is no such field.' },
    exists: { type: 'boolean', description: 'Whether there is such a field.' },
    json: { type: 'any', description: 'The value parsed, when it is a JSON object or list; else absent.' },
  },
  effect: 'repeatable',
  example: put + step('read', 'hget', 'key: ${KEY}\nfield: status', ['value == "open"']),
});

export const redisHgetallSchema = commandSchema({
  name: 'hgetall',
  summary: 'Read a whole hash.',
  keys: { key, limit },
  result: {
    value: { type: 'object', description: 'Fields and their texts; empty when there is no such key.' },
    exists: { type: 'boolean', description: 'Whether there is such a key.' },
    count: { type: 'number', description: 'How many fields there are.' },
  },
  resultAliases: { fields: 'value' },
  effect: 'repeatable',
  example: put + step('read', 'hgetall', 'key: ${KEY}', ['value.total == "59.98"', 'count == 2']),
});

export const redisHdelSchema = commandSchema({
  name: 'hdel',
  summary: 'Delete fields of a hash.',
  keys: {
    key,
    field: z
      .union([z.string(), z.array(z.string()).min(1)])
      .transform((given) => (typeof given === 'string' ? [given] : given))
      .describe('A field or a list of fields.'),
  },
  keyAliases: { fields: 'field' },
  result: { deleted: { type: 'number', description: 'How many there were.' } },
  effect: 'once',
  example: put + step('drop', 'hdel', 'key: ${KEY}\nfield: status', ['deleted == 1']),
});

export const hashSchemas = [redisHsetSchema, redisHgetSchema, redisHgetallSchema, redisHdelSchema];
