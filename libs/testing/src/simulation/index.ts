export type { Stores } from './platform.ts';
export { type SimOptions, type SimOutcome, simulate } from './sim-world.ts';
