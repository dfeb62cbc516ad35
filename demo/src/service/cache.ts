import type { FastifyBaseLogger } from 'fastify';
import { Redis } from 'ioredis';

export interface Cache {
  readonly get: (key: string) => Promise<unknown>;
  readonly set: (key: string, value: unknown, ttlSeconds: number) => Promise<void>;
  readonly drop: (...keys: readonly string[]) => Promise<void>;
  /** True when the lock is ours now; it frees itself after the time to live. */
  readonly lock: (key: string, ttlSeconds: number) => Promise<boolean>;
  readonly state: () => 'redis' | 'redis is down' | 'memory';
  readonly close: () => Promise<void>;
}

/** A cache for one process, for machines without Redis. Entries expire as they do in Redis. */
export const memoryCache = (): Cache => {
  const entries = new Map<string, { readonly json: string; readonly timer: NodeJS.Timeout }>();
  const drop = (key: string) => {
    clearTimeout(entries.get(key)?.timer);
    entries.delete(key);
  };
  const put = (key: string, value: unknown, ttlSeconds: number) => {
    drop(key);
    entries.set(key, { json: JSON.stringify(value), timer: setTimeout(drop, ttlSeconds * 1000, key).unref() });
  };
  return {
    async get(key) {
      const entry = entries.get(key);
      return entry === undefined ? undefined : JSON.parse(entry.json);
    },
    async set(key, value, ttlSeconds) {
      put(key, value, ttlSeconds);
    },
    async drop(...keys) {
      for (const key of keys) drop(key);
    },
    async lock(key, ttlSeconds) {
      if (entries.has(key)) return false;
      put(key, 'locked', ttlSeconds);
      return true;
    },
    state: () => 'memory',
    async close() {
      for (const key of [...entries.keys()]) drop(key);
    },
  };
};

/**
 * Redis must never decide whether a request can be answered: when it is gone a read is a miss and a write is
 * reported to `onError`. Only a lock has no second way, so it fails aloud.
 */
const redisCache = (url: string, onError: (error: Error) => void): Cache => {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, enableOfflineQueue: false, connectTimeout: 2_000 });
  redis.on('error', onError);
  const unlessDown = <Result>(work: Promise<Result>): Promise<Result | undefined> =>
    work.catch((error: Error) => {
      onError(error);
      return undefined;
    });
  return {
    async get(key) {
      const json = await unlessDown(redis.get(key));
      return json == null ? undefined : JSON.parse(json);
    },
    async set(key, value, ttlSeconds) {
      await unlessDown(redis.set(key, JSON.stringify(value), 'EX', ttlSeconds));
    },
    async drop(...keys) {
      if (keys.length > 0) await unlessDown(redis.del(...keys));
    },
    lock: async (key, ttlSeconds) => (await redis.set(key, 'locked', 'EX', ttlSeconds, 'NX')) === 'OK',
    state: () => (redis.status === 'ready' ? 'redis' : 'redis is down'),
    async close() {
      redis.disconnect();
    },
  };
};

export const openCache = (redisUrl: string | undefined, log: FastifyBaseLogger): Cache => {
  if (redisUrl !== undefined)
    return redisCache(redisUrl, ({ message }) => log.warn({ reason: message }, 'Redis failed'));
  log.warn('no Redis is configured (REDIS_URL or REDIS_HOST): caching in the memory of this process only');
  return memoryCache();
};
