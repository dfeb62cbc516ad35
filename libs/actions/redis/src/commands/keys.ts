import type { Action } from '@testmesh/action-kit';
import {
  redisDelSchema,
  redisExistsSchema,
  redisExpireSchema,
  redisKeysSchema,
  redisTtlSchema,
  redisTypeSchema,
} from '../schema/keys.ts';
import { commandAction } from './command-action.ts';
import { integer } from './values.ts';

const SCAN_COUNT = '500';

const redisDel = commandAction(redisDelSchema, async (redis, { key }) => ({
  deleted: integer(await redis.del(...key)),
}));

const redisExists = commandAction(redisExistsSchema, async (redis, { key }) => {
  const count = Number(await redis.exists(...key));
  return { exists: count === key.length, count };
});

const redisExpire = commandAction(redisExpireSchema, async (redis, { key, ttl }) => ({
  ok: String(await redis.pexpire(key, Math.round(ttl))) === '1',
}));

const redisTtl = commandAction(redisTtlSchema, async (redis, { key }) => {
  const ms = Number(await redis.pttl(key));
  return { ttl: ms < 0 ? ms : Math.ceil(ms / 1000), ttl_ms: ms, exists: ms !== -2, expires: ms >= 0 };
});

const redisType = commandAction(redisTypeSchema, async (redis, { key }) => {
  const type = await redis.type(key);
  return { type, exists: type !== 'none' };
});

/** SCAN, not KEYS: a shared server must not stand still for a test. */
const redisKeys = commandAction(redisKeysSchema, async (redis, { pattern, type, limit }) => {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const kind = type === undefined ? [] : ['TYPE', type];
    const reply = await redis.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT, ...kind);
    const [next, keys] = reply as [string, string[]];
    for (const key of keys) found.add(key);
    cursor = next;
    if (found.size > limit)
      return {
        kind: 'not-carried-out',
        code: 'TM4302',
        reason: `more than ${limit} keys match "${pattern}"`,
        help: 'narrow the pattern, or raise limit',
      };
  } while (cursor !== '0');
  return { keys: [...found].sort(), count: found.size };
});

export const keyActions: readonly Action[] = [redisDel, redisExists, redisExpire, redisTtl, redisType, redisKeys];
