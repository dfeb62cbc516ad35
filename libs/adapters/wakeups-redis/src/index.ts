export { type RedisCounts, redisCounts } from './redis-counts.ts';
export { type RedisWakeups, redisWakeups } from './redis-wakeups.ts';
