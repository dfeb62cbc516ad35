export { abortable } from './abortable.ts';
export type { ActionContext, ActionOutcome, Expectations } from './action-context.ts';
export { actionSchema, type DescribedAction } from './action-schema-of.ts';
export {
  correlationRequirements,
  insteadOf,
  mustEqual,
  type PathSegment,
  type Requirement,
  sameValue,
  valueAt,
} from './correlation.ts';
export { type Action, type ActionDefinition, defineAction, type PluginIdentity } from './define-action.ts';
export { definePlugin, PLUGIN_API, type Plugin } from './plugin.ts';
