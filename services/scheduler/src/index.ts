export type { FireSlot } from './schedule-loop.ts';
export { createScheduler, type Scheduler, type SchedulerOptions } from './scheduler.ts';
