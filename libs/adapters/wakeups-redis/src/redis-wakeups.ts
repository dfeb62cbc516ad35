import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Wakeups } from '@testmesh/ports';
import { Redis } from 'ioredis';

// Hints over Redis. Losing Redis loses hints, never work: whoever listens also looks by itself from time to time.
// R1. Nobody waits for Redis: waking is fire and forget, and what cannot be sent now is not sent later.
// R2. Listeners of this process hear of it at once, with or without Redis, and once.

export interface RedisWakeups extends Wakeups {
  readonly close: () => Promise<void>;
}

const PREFIX = 'testmesh:wake:';
const LONGEST_PAUSE_MS = 2_000;
/** What is sent to a Redis that says nothing is not kept any longer than this: its connection is made anew. */
const SILENCE_MS = 5000;

/** Wake-ups over the Redis at `url`; `warn` hears when it cannot be reached and when it can again. */
export const redisWakeups = (url: string, warn: (message: string) => void): RedisWakeups => {
  const me = randomUUID();
  const emitter = new EventEmitter().setMaxListeners(0);
  const [publisher, subscriber] = [connection(url, warn), connection(url, () => undefined)];
  subscriber.on('pmessage', (_pattern, channel: string, sender: string) => {
    if (sender !== me) emitter.emit(channel.slice(PREFIX.length));
  });
  // ioredis subscribes again by itself whenever it is connected again.
  subscriber.psubscribe(`${PREFIX}*`).catch(() => undefined);
  return {
    wake: (topic) => {
      setImmediate(() => emitter.emit(topic));
      if (publisher.status === 'ready') publisher.publish(`${PREFIX}${topic}`, me).catch(() => undefined);
    },
    onWake: (topic, listener) => {
      emitter.on(topic, listener);
      return () => emitter.off(topic, listener);
    },
    close: async () => {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
};

const connection = (url: string, warn: (message: string) => void): Redis => {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    enableReadyCheck: true,
    socketTimeout: SILENCE_MS,
    retryStrategy: (attempt) => Math.min(attempt * 50, LONGEST_PAUSE_MS),
  });
  let isDown = false;
  redis.on('error', (error) => {
    if (!isDown) warn(`Redis cannot be reached, wake-ups come late: ${error.message}`);
    isDown = true;
  });
  redis.on('ready', () => {
    if (isDown) warn('Redis is back');
    isDown = false;
  });
  return redis;
};
