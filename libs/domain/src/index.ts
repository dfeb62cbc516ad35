export { unreachable } from './kernel/unreachable.ts';
export type { Envelope, RecordedEvent } from './runs/envelope.ts';
export type {
  AssertionRecord,
  AttemptRecord,
  Effect,
  Exchange,
  FlowIdentity,
  Phase,
  PlannedStep,
  RunEvent,
  RunId,
  Span,
  StepCompleted,
  StepError,
  StepPath,
  StepStatus,
  SubValue,
  Verdict,
} from './runs/run-event.ts';
export { dataOf, RUN_EVENT_VERSION, runEventOf } from './runs/run-record.ts';
export {
  type AnyNumber,
  compareNumbers,
  ExactNumber,
  isJsonNumber,
  isNumber,
  numberFromText,
} from './values/exact-number.ts';
export { canonicalJson, parseJson, sorted, stringifyJson, typedText } from './values/json.ts';
export type { Value, ValueMap } from './values/value.ts';
