import type { Flow, Step } from '../model/flow.ts';
import type { Findings } from '../source/findings.ts';
import type { CheckOptions } from './names.ts';

/** A flow in which nothing can be checked can never pass. */
export const checkThatSomethingIsChecked = (flow: Flow, options: CheckOptions, findings: Findings): void => {
  const steps = [...flow.setup, ...flow.steps, ...flow.teardown];
  if (flow.incomplete || steps.length === 0 || steps.some((step) => checks(step, flow, options, [flow.file]))) return;
  const isOff = steps.every(({ disabled }) => disabled);
  const message = isOff
    ? 'nothing is checked: every step is disabled'
    : 'nothing is checked: no step asserts or expects anything';
  const help = isOff ? 'take `disabled: true` off a step' : 'give a step `assert`: a list of what must hold';
  // A flow made to be run by another one may leave the checking to it.
  if (flow.inputs.length > 0 || flow.outputs.length > 0) findings.warning('TM2011', flow.span, message, { help });
  else findings.error('TM2011', flow.span, message, { help });
};

const checks = (step: Step, flow: Flow, options: CheckOptions, lineage: readonly string[]): boolean => {
  if (step.disabled) return false;
  if (step.asserts.length > 0) return true;
  const any = (steps: readonly Step[]) => steps.some((inner) => checks(inner, flow, options, lineage));
  switch (step.kind) {
    case 'action':
      return step.schema.checksByItself;
    case 'wait_until':
      return true;
    case 'parallel':
      return step.branches.some(({ steps }) => any(steps));
    case 'for_each':
      return any(step.steps);
    case 'condition':
      return any(step.then) || any(step.else);
    case 'run_flow':
      return childChecks(step, flow, options, lineage);
  }
};

const childChecks = (
  step: Extract<Step, { kind: 'run_flow' }>,
  flow: Flow,
  options: CheckOptions,
  lineage: readonly string[],
): boolean => {
  const child = step.flow.kind === 'fixed' ? options.children?.(step.flow.value, flow) : undefined;
  // An unknown child may check anything; one that leads back has been reported.
  if (child === undefined || lineage.includes(child.file)) return true;
  const steps = [...child.setup, ...child.steps, ...child.teardown];
  return steps.some((inner) => checks(inner, child, options, [...lineage, child.file]));
};
