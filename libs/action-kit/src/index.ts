export { abortable } from './abortable.ts';
export type { ActionContext, ActionOutcome, Expectations } from './action-context.ts';
export {
  correlationRequirements,
  insteadOf,
  mustEqual,
  type PathSegment,
  type Requirement,
  sameValue,
  valueAt,
} from './correlation.ts';
export { type Action, type ActionDefinition, defineAction } from './define-action.ts';
