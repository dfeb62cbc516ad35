export { effects } from './effects.ts';
export { ends } from './ends.ts';
export {
  type Blackout,
  CHECKS,
  type Check,
  type Death,
  type FiredSlot,
  type Followed,
  type Promised,
  type Reached,
  type StepRule,
  type StoredView,
  type Streams,
  streamOf,
  textOf,
  type Violation,
} from './evidence.ts';
export { type Contest, fairness, type Share, shares } from './fairness.ts';
export { followed } from './followed.ts';
export { order } from './order.ts';
export { outcomes } from './outcomes.ts';
export { published } from './published.ts';
export { type Recovery, recoveries, recovery } from './recovery.ts';
export { slots } from './slots.ts';
export { verdicts } from './verdicts.ts';
export { views } from './views.ts';
