export { type AuditOptions, type AuditResult, audit } from './audit.ts';
export { type Carry, ClaimLoop, type ClaimLoopOptions, queueTopic } from './claim-loop.ts';
export { DeliveryLoop, type DeliveryLoopOptions } from './delivery-loop.ts';
export { eventId } from './event-id.ts';
export { armFailpoints } from './failpoint.ts';
export { JournalBatcher, type JournalBatcherOptions } from './journal-batcher.ts';
export { type Lease, LeaseKeeper, type LeaseKeeperOptions } from './lease-keeper.ts';
export { LeaseLost, type LossReason } from './lease-lost.ts';
export { type Fault, Loop, type LoopOptions, type OnFault, type OnOver } from './loop.ts';
export { OutcomeLoop, type OutcomeLoopOptions } from './outcome-loop.ts';
export { ParkedViews } from './parked-views.ts';
export { Projector, type ProjectorOptions } from './projector.ts';
export { Reaper, type ReaperOptions } from './reaper.ts';
export { RecentlyUsed } from './recently-used.ts';
export { type CheckpointStore, Relay, type RelayOptions } from './relay.ts';
export { RetentionLoop, type RetentionLoopOptions } from './retention-loop.ts';
export { RunCarrier, type RunCarrierOptions } from './run-carrier.ts';
export { newRunId } from './run-id.ts';
export { type LoadedRun, type RunSource, RunUnloadable } from './run-source.ts';
export { type RunViewState, runView, runViewOf } from './run-view.ts';
export { type CronSchedule, nextSlot, scheduleProblem, slotsBetween } from './schedule/cron.ts';
export {
  type DueSlots,
  dueSlots,
  type MisfirePolicy,
  type Slot,
  slotRunId,
} from './schedule/due.ts';
export { seededRandom } from './seeded-random.ts';
export type { StreamView } from './stream-view.ts';
export { systemClock } from './system-clock.ts';
export {
  EnvironmentReconciler,
  type EnvironmentReconcilerOptions,
} from './test-environments/environment-reconciler.ts';
export { EnvironmentSweeper, type EnvironmentSweeperOptions } from './test-environments/environment-sweeper.ts';
export {
  askedOf,
  ENVIRONMENTS_TOPIC,
  type RunEnvironments,
  type RunEnvironmentsOptions,
  runEnvironments,
} from './test-environments/run-environment.ts';
export { type KeptSet, VIEWS_TOPIC, ViewRebuilder, type ViewRebuilderOptions } from './view-rebuilder.ts';
export { WriteBehind, type WriteBehindOptions } from './write-behind.ts';
