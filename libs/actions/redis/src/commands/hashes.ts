import type { Action } from '@testmesh/action-kit';
import { redisHdelSchema, redisHgetallSchema, redisHgetSchema, redisHsetSchema } from '../schema/hashes.ts';
import { commandAction } from './command-action.ts';
import { integer, stored, tooMany, withJson } from './values.ts';

const redisHset = commandAction(redisHsetSchema, async (redis, { key, fields }) => {
  const pairs = Object.entries(fields).flatMap(([field, value]) => [field, stored(value)]);
  return { added: integer(await redis.hset(key, ...pairs)) };
});

const redisHget = commandAction(redisHgetSchema, async (redis, { key, field }) => {
  const value = await redis.hget(key, field);
  return { value, exists: value !== null, ...withJson(value) };
});

const redisHgetall = commandAction(redisHgetallSchema, async (redis, { key, limit }) => {
  const count = Number(await redis.hlen(key));
  if (count > limit) return tooMany(`the hash "${key}"`, count, limit);
  const value = await redis.hgetall(key);
  return { value, exists: count > 0, count: Object.keys(value).length };
});

const redisHdel = commandAction(redisHdelSchema, async (redis, { key, field }) => ({
  deleted: integer(await redis.hdel(key, ...field)),
}));

export const hashActions: readonly Action[] = [redisHset, redisHget, redisHgetall, redisHdel];
