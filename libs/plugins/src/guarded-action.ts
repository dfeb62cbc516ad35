import type { Action, ActionContext, ActionOutcome, PluginIdentity } from '@testmesh/action-kit';
import { type Effect, ExactNumber, type Value, type ValueMap } from '@testmesh/domain';
import { reasonOf } from './plugin.ts';

// What a plugin's code does is judged here, so that the engine meets the same kind of action everywhere. Invariants:
// P1. Whatever an action of a plugin throws or gives back, the step ends with an outcome that names plugin and version.
// P2. An interrupted action may throw what it likes: the interruption is what the report tells.

/** The same action, answering for what its code does under the plugin's name. */
export const guarded = (action: Action, plugin: PluginIdentity): Action => {
  const who = `${action.schema.type} of the plugin ${plugin.name} ${plugin.version}`;
  return {
    ...action,
    plugin,
    schema: { ...action.schema, effect: (config) => effectOf(() => action.schema.effect(config)) },
    perform: async (config, context) => {
      try {
        return checkedOutcome(await action.perform(config, context), who);
      } catch (error) {
        return thrown(error, context, who);
      }
    },
  };
};

/** What cannot be said for sure must not happen twice. */
const effectOf = (judge: () => Effect): Effect => {
  try {
    return judge() === 'repeatable' ? 'repeatable' : 'once';
  } catch {
    return 'once';
  }
};

const thrown = (error: unknown, { signal }: ActionContext, who: string): ActionOutcome => {
  if (signal.aborted) throw error;
  return {
    kind: 'not-carried-out',
    code: 'TM4901',
    reason: `${who} threw: ${reasonOf(error)}`,
    help: 'this is a fault in the plugin, not in your flow; please tell its author',
  };
};

const checkedOutcome = (outcome: unknown, who: string): ActionOutcome => {
  const wrong = problemOf(outcome);
  if (wrong === undefined) return outcome as ActionOutcome;
  return {
    kind: 'not-carried-out',
    code: 'TM4902',
    reason: `${who} gave back something that is no outcome: ${wrong}`,
    help: "an outcome is { kind: 'completed', output: {…} } or { kind: 'not-carried-out', code, reason }",
  };
};

const problemOf = (outcome: unknown): string | undefined => {
  if (!isPlain(outcome)) return describe(outcome);
  const { kind, output, code, reason } = outcome;
  if (kind === 'completed') return isPlain(output) ? strangeIn(output, 'output') : `output is ${describe(output)}`;
  if (kind === 'not-carried-out') {
    return typeof code === 'string' && typeof reason === 'string' ? undefined : 'code and reason have to be texts';
  }
  return `kind is ${describe(kind)}`;
};

/** The first place that JSON could not hold. */
const strangeIn = (value: unknown, path: string): string | undefined => {
  if (isJsonScalar(value)) return undefined;
  if (Array.isArray(value)) return firstStrange(value.map((item, index) => [`${path}[${index}]`, item]));
  if (isPlain(value)) return firstStrange(Object.entries(value).map(([key, item]) => [`${path}.${key}`, item]));
  return `${path} is ${describe(value)}`;
};

const firstStrange = (parts: readonly (readonly [string, unknown])[]): string | undefined => {
  for (const [path, value] of parts) {
    const strange = strangeIn(value, path);
    if (strange !== undefined) return strange;
  }
  return undefined;
};

const isJsonScalar = (value: unknown): value is Value =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  value instanceof ExactNumber;

const isPlain = (value: unknown): value is ValueMap =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  isPlainPrototype(Object.getPrototypeOf(value));

// A module evaluated in a context of its own has another `Object`.
const isPlainPrototype = (prototype: unknown): boolean =>
  prototype === null || Object.getPrototypeOf(prototype) === null;

const describe = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return Array.isArray(value) ? 'a list' : `a ${value.constructor?.name ?? 'object'}`;
  return typeof value === 'string'
    ? JSON.stringify(value.slice(0, 60))
    : `${typeof value} ${String(value).slice(0, 60)}`;
};
