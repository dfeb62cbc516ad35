import type { Action } from '@testmesh/action-kit';
import {
  redisLlenSchema,
  redisLpushSchema,
  redisLrangeSchema,
  redisRpushSchema,
  redisSaddSchema,
  redisSismemberSchema,
  redisSmembersSchema,
  redisZaddSchema,
  redisZrangeSchema,
} from '../schema/collections.ts';
import { commandAction } from './command-action.ts';
import { decimal, integer, stored, tooMany } from './values.ts';

const redisLpush = commandAction(redisLpushSchema, async (redis, { key, value }) => ({
  length: integer(await redis.lpush(key, ...value.map(stored))),
}));

const redisRpush = commandAction(redisRpushSchema, async (redis, { key, value }) => ({
  length: integer(await redis.rpush(key, ...value.map(stored))),
}));

const redisLrange = commandAction(redisLrangeSchema, async (redis, { key, start, stop, limit }) => {
  const size = rangeSize(Number(await redis.llen(key)), start, stop);
  if (size > limit) return tooMany(`the range of "${key}"`, size, limit);
  const values = await redis.lrange(key, start, stop);
  return { values, count: values.length };
});

const redisLlen = commandAction(redisLlenSchema, async (redis, { key }) => ({
  length: integer(await redis.llen(key)),
}));

const redisSadd = commandAction(redisSaddSchema, async (redis, { key, member }) => ({
  added: integer(await redis.sadd(key, ...member.map(stored))),
}));

const redisSmembers = commandAction(redisSmembersSchema, async (redis, { key, limit }) => {
  const count = Number(await redis.scard(key));
  if (count > limit) return tooMany(`the set "${key}"`, count, limit);
  const members = await redis.smembers(key);
  return { members: members.sort(), count: members.length };
});

const redisSismember = commandAction(redisSismemberSchema, async (redis, { key, member }) => ({
  is_member: String(await redis.sismember(key, stored(member))) === '1',
}));

const redisZadd = commandAction(redisZaddSchema, async (redis, { key, members }) => {
  const pairs = Object.entries(members).flatMap(([member, score]) => [String(score), member]);
  return { added: integer(await redis.zadd(key, ...pairs)) };
});

const redisZrange = commandAction(redisZrangeSchema, async (redis, { key, start, stop, reverse, limit }) => {
  const size = rangeSize(Number(await redis.zcard(key)), start, stop);
  if (size > limit) return tooMany(`the range of "${key}"`, size, limit);
  const command = reverse ? 'ZREVRANGE' : 'ZRANGE';
  const reply = (await redis.call(command, key, String(start), String(stop), 'WITHSCORES')) as string[];
  const members = Array.from({ length: reply.length / 2 }, (_, index) => ({
    member: reply[index * 2] ?? '',
    score: decimal(reply[index * 2 + 1]),
  }));
  return { members, values: members.map(({ member }) => member), count: members.length };
});

/** How many items a range of Redis covers; negative indexes count from the end. */
const rangeSize = (length: number, start: number, stop: number): number => {
  const from = Math.max(0, start < 0 ? length + start : start);
  const to = Math.min(length - 1, stop < 0 ? length + stop : stop);
  return Math.max(0, to - from + 1);
};

export const collectionActions: readonly Action[] = [
  redisLpush,
  redisRpush,
  redisLrange,
  redisLlen,
  redisSadd,
  redisSmembers,
  redisSismember,
  redisZadd,
  redisZrange,
];
