export { eventId } from './event-id.ts';
export { LeaseLost, type LossReason } from './lease-lost.ts';
export { newRunId } from './run-id.ts';
export { seededRandom } from './seeded-random.ts';
export { systemClock } from './system-clock.ts';
export { WriteBehind, type WriteBehindOptions } from './write-behind.ts';
