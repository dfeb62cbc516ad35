import type { Flow, RunFlowStep, Step } from '../model/flow.ts';
import type { CheckOptions } from './names.ts';

// What every step has besides the keys of its action's result.
const OF_EVERY_STEP = ['output', 'status', 'error', 'reason', 'attempts', 'duration_ms', 'config'];
const IN_ASSERTIONS = ['response', 'result', 'value', 'error', 'duration_ms'];

/** The names under which a step's result can be looked into; undefined when they depend on more than the file. */
export type ResultKeys = ReadonlySet<string> | undefined;

/** What `assert` of the step itself can name. */
export const keysInAssertions = (step: Step, flow: Flow, options: CheckOptions): ResultKeys => {
  const keys = step.kind === 'run_flow' ? keysOfChild(step, flow, options) : resultKeys(step);
  return keys && new Set([...keys, ...IN_ASSERTIONS]);
};

/** What `${id.…}` can name. */
export const keysBehindId = (step: Step, flow: Flow, options: CheckOptions): ResultKeys => {
  const captured = step.outputs.map(({ name }) => name);
  if (step.kind !== 'run_flow') {
    const keys = resultKeys(step);
    return keys && new Set([...keys, ...captured, ...OF_EVERY_STEP, ...IN_ASSERTIONS]);
  }
  const keys = keysOfChild(step, flow, options);
  return keys && new Set([...keys, ...captured, ...OF_EVERY_STEP]);
};

/** What a flow that declares its outputs gives back; undefined when it gives what it captured, or is not known. */
const keysOfChild = (step: RunFlowStep, flow: Flow, { children }: CheckOptions): ResultKeys => {
  const child = step.flow.kind === 'fixed' ? children?.(step.flow.value, flow) : undefined;
  if (child === undefined || child.outputs.length === 0) return undefined;
  return new Set([...child.outputs.map(({ name }) => name), 'flow', 'status']);
};

/** The keys of an action's result and their aliases; undefined for results that depend on the config. */
export const resultKeys = (step: Step): ResultKeys => {
  if (step.kind !== 'action') return undefined;
  const { result, resultAliases } = step.schema;
  const keys = Object.keys(result);
  return keys.includes('*') || keys.length === 0 ? undefined : new Set([...keys, ...Object.keys(resultAliases)]);
};
