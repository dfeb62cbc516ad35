import type { Action } from '@testmesh/action-kit';
import { redisDecrSchema, redisGetSchema, redisIncrSchema, redisSetSchema } from '../schema/strings.ts';
import { maxBytes } from '../schema/values.ts';
import { commandAction } from './command-action.ts';
import { decimal, integer, stored, tooLarge, withJson } from './values.ts';

const redisGet = commandAction(redisGetSchema, async (redis, { key }) => {
  // GETRANGE reads no more than it is asked for, but says "" for a missing key.
  const [exists, bytes, value] = await Promise.all([
    redis.exists(key),
    redis.strlen(key),
    redis.getrange(key, 0, maxBytes - 1),
  ]);
  if (Number(bytes) > maxBytes) return tooLarge(`"${key}"`, Number(bytes), maxBytes);
  const found = String(exists) === '1';
  return { value: found ? value : null, exists: found, ...withJson(found ? value : null) };
});

const redisSet = commandAction(redisSetSchema, async (redis, config) => {
  const { key, value, ttl, nx, xx, keep_ttl: keepTtl } = config;
  const expiry = ttl === undefined ? [] : ['PX', String(Math.max(1, Math.round(ttl)))];
  const reply = await redis.call(
    'SET',
    key,
    stored(value),
    ...expiry,
    ...(keepTtl ? ['KEEPTTL'] : []),
    ...(nx ? ['NX'] : []),
    ...(xx ? ['XX'] : []),
  );
  return { ok: reply === 'OK' };
});

const isWhole = (by: string): boolean => /^-?\d+$/.test(by);
const negated = (by: string): string => (by.startsWith('-') ? by.slice(1) : `-${by}`);

const redisIncr = commandAction(redisIncrSchema, async (redis, { key, by }) =>
  isWhole(by)
    ? { value: integer(await redis.call('INCRBY', key, by)) }
    : { value: decimal(await redis.call('INCRBYFLOAT', key, by)) },
);

const redisDecr = commandAction(redisDecrSchema, async (redis, { key, by }) =>
  isWhole(by)
    ? { value: integer(await redis.call('DECRBY', key, by)) }
    : { value: decimal(await redis.call('INCRBYFLOAT', key, negated(by))) },
);

export const stringActions: readonly Action[] = [redisGet, redisSet, redisIncr, redisDecr];
