export { type ConfigEventType, configEventData, configEventVersion } from './configuration/config-record.ts';
export { configStream } from './configuration/config-stream.ts';
export { healthDecider } from './health/health.decider.ts';
export type { HealthCommand, HealthEvent, HealthRefusal, HealthState } from './health/health.ts';
export { accept, type Decider, type Decision, given, refuse } from './kernel/decider.ts';
export { unreachable } from './kernel/unreachable.ts';
export { NewerEvent, type Upcast, type Upcasters, type Upcasting, upcasting } from './kernel/upcasting.ts';
export type { Envelope, RecordedEvent } from './runs/envelope.ts';
export { type JournalMessage, journalMessageOf, recordedEventOf } from './runs/journal-message.ts';
export { cancelledBeforeItRan, runDecider } from './runs/run.decider.ts';
export type {
  AssertionRecord,
  AttemptRecord,
  Effect,
  Exchange,
  FlowIdentity,
  GivenToRun,
  Phase,
  PlannedStep,
  RunEvent,
  RunId,
  RunTrigger,
  ServiceRoute,
  Span,
  StepCompleted,
  StepError,
  StepPath,
  StepStatus,
  SubValue,
  Verdict,
} from './runs/run-event.ts';
export { dataOf, RUN_EVENT_TYPES, runEventOf, runEventVersion } from './runs/run-record.ts';
export type { RunCommand, RunRefusal, RunState, RunStatus } from './runs/run-state.ts';
export { runSpanId, stepSpanId, traceIdOf, traceparentOf } from './runs/trace-ids.ts';
export { scheduleDecider } from './schedules/schedule.decider.ts';
export type {
  DueSlot,
  MissedSlots,
  MissReason,
  OpenFiring,
  Overlap,
  RetryPolicy,
  ScheduleCommand,
  ScheduleEvent,
  ScheduleRefusal,
  ScheduleState,
} from './schedules/schedule.ts';
export {
  isKept,
  type KeptScheduleEvent,
  scheduleEventData,
  scheduleEventOf,
  scheduleEventVersion,
  scheduleStream,
} from './schedules/schedule-record.ts';
export { type NamePolicy, type NameRefusal, nameRefusals, nameRefusalText } from './test-environments/names.ts';
export { type EnvironmentTask, nextTask } from './test-environments/next-task.ts';
export {
  awaitedAttempt,
  type Candidate,
  type Choice,
  chooseEnvironment,
  endedByItself,
  isOver,
  type OnBusy,
  type WaitingRun,
} from './test-environments/reuse.ts';
export {
  expiresAt,
  leaseEnded,
  RECONCILER,
  testEnvironmentDecider,
} from './test-environments/test-environment.decider.ts';
export { auditOf } from './test-environments/test-environment-audit.ts';
export type {
  BoundResource,
  DeployedService,
  TestEnvironmentEvent,
  TestEnvironmentId,
  TestEnvironmentSpec,
} from './test-environments/test-environment-event.ts';
export {
  testEnvironmentData,
  testEnvironmentEventOf,
  testEnvironmentEventVersion,
  testEnvironmentStream,
} from './test-environments/test-environment-record.ts';
export type {
  LiveEnvironment,
  TestEnvironmentCommand,
  TestEnvironmentRefusal,
  TestEnvironmentState,
  TestEnvironmentStatus,
} from './test-environments/test-environment-state.ts';
export { canonicalJson } from './values/canonical-json.ts';
export {
  type AnyNumber,
  compareNumbers,
  ExactNumber,
  isJsonNumber,
  isNumber,
  numberFromText,
} from './values/exact-number.ts';
export { escapedForYaml, parseJson, sorted, stringifyJson, typedText } from './values/json.ts';
export type { Value, ValueMap } from './values/value.ts';
