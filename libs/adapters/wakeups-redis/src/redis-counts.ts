import { Redis } from 'ioredis';

// Counts of requests over all replicas. Invariants:
// C1. A count that Redis does not give within a moment rejects: whoever asks counts by themselves meanwhile, and says so.
// C2. A window ends by itself, whatever becomes of the process that began it.

export interface RedisCounts {
  /** One more under a key within its window: how many there are, and how long the window still goes. */
  readonly count: (key: string, windowMs: number) => Promise<{ readonly current: number; readonly ttlMs: number }>;
  readonly close: () => Promise<void>;
}

const PREFIX = 'testmesh:count:';
const LONGEST_PAUSE_MS = 2000;
const ANSWER_MS = 250;
/** A connection that owes an answer for so long is made anew. */
const SILENCE_MS = 3000;

const COUNT = `local current = redis.call('INCR', KEYS[1])
if current == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {current, redis.call('PTTL', KEYS[1])}`;

export const redisCounts = (url: string): RedisCounts => {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: ANSWER_MS,
    socketTimeout: SILENCE_MS,
    retryStrategy: (attempt) => Math.min(attempt * 50, LONGEST_PAUSE_MS),
  });
  // Every count that fails says so.
  redis.on('error', () => undefined);
  return {
    count: async (key, windowMs) => {
      const [current, ttlMs] = (await redis.eval(COUNT, 1, `${PREFIX}${key}`, windowMs)) as [number, number];
      return { current, ttlMs };
    },
    close: async () => redis.disconnect(),
  };
};
