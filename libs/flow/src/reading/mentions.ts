import type { NameReference } from '../expression/expression.ts';
import type { Flow, Step } from '../model/flow.ts';
import { templateNames } from '../template/template.ts';
import { assertionNames, namesAfterNested, namesBefore, outputNames, settingNames } from './references.ts';

/** Every root name that the flow mentions anywhere. */
export const mentionsOf = (flow: Omit<Flow, 'mentions'>): ReadonlySet<string> => {
  const steps = [...flow.setup, ...flow.steps, ...flow.teardown].flatMap(withNested);
  const references: readonly NameReference[] = [
    ...flow.env.flatMap(({ template }) => templateNames(template)),
    ...outputNames(flow.outputs),
    ...(flow.testEnvironment ? templateNames(flow.testEnvironment.wanted) : []),
    ...settingNames(flow.timeoutMs),
    ...settingNames(flow.teardownTimeoutMs),
    ...steps.flatMap((step) => [
      ...namesBefore(step),
      ...namesAfterNested(step),
      ...assertionNames(step.asserts),
      ...outputNames(step.outputs),
    ]),
  ];
  return new Set(references.map(({ name }) => name));
};

/** A step and every step within it. */
export const withNested = (step: Step): readonly Step[] => [step, ...nestedIn(step).flatMap(withNested)];

/** The steps directly within a step, in the order they may run. */
export const nestedIn = (step: Step): readonly Step[] => [...bodyOf(step), ...step.errorSteps, ...step.verify];

const bodyOf = (step: Step): readonly Step[] => {
  switch (step.kind) {
    case 'parallel':
      return step.branches.flatMap(({ steps }) => steps);
    case 'for_each':
    case 'wait_until':
      return step.steps;
    case 'condition':
      return [...step.then, ...step.else];
    case 'action':
    case 'run_flow':
      return [];
  }
};
