export { type RedisWakeups, redisWakeups } from './redis-wakeups.ts';
