import { type AnyNumber, isNumber } from '@testmesh/domain';
import * as z from 'zod';
import { commandSchema, step } from './command-schema.ts';
import { anyValue, filledRecord, key, limit } from './values.ts';

const oneOrMore = (what: string) =>
  z
    .union([z.array(anyValue).min(1), anyValue])
    .transform((given) => (Array.isArray(given) ? given : [given]))
    .describe(`A ${what} or a list of them; what is not a text is written as JSON.`);
const score = z
  .unknown()
  .refine(isNumber, 'a score is a number')
  .transform((value) => value as AnyNumber)
  .meta({ type: 'number' });
const range = {
  start: z.int().default(0).describe('The first index; negative counts from the end.'),
  stop: z.int().default(-1).describe('The last index, included; negative counts from the end.'),
};
const length = { length: { type: 'number', description: 'How long the list is now.' } } as const;
const count = { type: 'number', description: 'How many there are.' } as const;

const pushed = step('put', 'rpush', 'key: ${KEY}\nvalue: [a, b]');

export const redisLpushSchema = commandSchema({
  name: 'lpush',
  summary: 'Put values before the first of a list.',
  keys: { key, value: oneOrMore('value') },
  keyAliases: { values: 'value' },
  result: length,
  effect: 'once',
  example: step('put', 'lpush', 'key: ${KEY}\nvalue: [a, b]', ['length == 2']),
});

export const redisRpushSchema = commandSchema({
  name: 'rpush',
  summary: 'Put values after the last of a list.',
  keys: { key, value: oneOrMore('value') },
  keyAliases: { values: 'value' },
  result: length,
  effect: 'once',
  example: step('put', 'rpush', 'key: ${KEY}\nvalue: a', ['length == 1']),
});

export const redisLrangeSchema = commandSchema({
  name: 'lrange',
  summary: 'Read a part of a list.',
  keys: { key, ...range, limit },
  result: { values: { type: 'list', description: 'The texts, in order.' }, count },
  effect: 'repeatable',
  example: pushed + step('read', 'lrange', 'key: ${KEY}', ['values == ["a", "b"]']),
});

export const redisLlenSchema = commandSchema({
  name: 'llen',
  summary: 'Look how long a list is.',
  keys: { key },
  result: { length: { type: 'number', description: 'How long it is; 0 when there is no such key.' } },
  effect: 'repeatable',
  example: pushed + step('look', 'llen', 'key: ${KEY}', ['length == 2']),
});

const added = step('put', 'sadd', 'key: ${KEY}\nmember: [a, b]');

export const redisSaddSchema = commandSchema({
  name: 'sadd',
  summary: 'Add members to a set.',
  keys: { key, member: oneOrMore('member') },
  keyAliases: { members: 'member', value: 'member' },
  result: { added: { type: 'number', description: 'How many are new.' } },
  effect: 'once',
  example: step('put', 'sadd', 'key: ${KEY}\nmember: [a, b]', ['added == 2']),
});

export const redisSmembersSchema = commandSchema({
  name: 'smembers',
  summary: 'Read a whole set.',
  keys: { key, limit },
  result: { members: { type: 'list', description: 'The members, sorted.' }, count },
  effect: 'repeatable',
  example: added + step('read', 'smembers', 'key: ${KEY}', ['members contains "a"', 'count == 2']),
});

export const redisSismemberSchema = commandSchema({
  name: 'sismember',
  summary: 'Look whether a set holds a member.',
  keys: { key, member: anyValue.describe('The member.') },
  keyAliases: { value: 'member' },
  result: { is_member: { type: 'boolean', description: 'Whether it does.' } },
  effect: 'repeatable',
  example: added + step('look', 'sismember', 'key: ${KEY}\nmember: a', ['is_member == true']),
});

const ranked = step('put', 'zadd', 'key: ${KEY}\nmembers: { ada: 3, bob: 1.5 }');

export const redisZaddSchema = commandSchema({
  name: 'zadd',
  summary: 'Put members with scores into a sorted set.',
  keys: { key, members: filledRecord(score).describe('Members and their scores.') },
  result: { added: { type: 'number', description: 'How many are new.' } },
  effect: 'once',
  example: step('put', 'zadd', 'key: ${KEY}\nmembers: { ada: 3 }', ['added == 1']),
});

export const redisZrangeSchema = commandSchema({
  name: 'zrange',
  summary: 'Read a part of a sorted set, lowest score first.',
  keys: { key, ...range, reverse: z.boolean().default(false).describe('Highest score first.'), limit },
  keyAliases: { rev: 'reverse' },
  result: {
    members: { type: 'list', description: '`{member, score}`, in order.' },
    values: { type: 'list', description: 'The members alone.' },
    count,
  },
  effect: 'repeatable',
  example: ranked + step('read', 'zrange', 'key: ${KEY}', ['values == ["bob", "ada"]', 'members[1].score == 3']),
});

export const collectionSchemas = [
  redisLpushSchema,
  redisRpushSchema,
  redisLrangeSchema,
  redisLlenSchema,
  redisSaddSchema,
  redisSmembersSchema,
  redisSismemberSchema,
  redisZaddSchema,
  redisZrangeSchema,
];
