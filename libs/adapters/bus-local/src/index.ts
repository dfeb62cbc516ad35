export { localBus } from './local-bus.ts';
export { localWakeups } from './local-wakeups.ts';
