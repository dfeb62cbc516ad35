export { messagePolicy } from './message-policy.ts';
export { createScheduler, type Scheduler, type SchedulerOptions } from './scheduler.ts';
