import type { Assertion } from '../assertion/assertion.ts';
import { type Expression, type NameReference, rootNames } from '../expression/expression.ts';
import type { Output, Retry, Setting, Step } from '../model/flow.ts';
import { type Template, templateNames } from '../template/template.ts';

type IsKnown = (name: string) => boolean;

// Where a step refers to something by name. Nested steps are not entered: they have a scope of their own.

export const settingNames = (setting: Setting<unknown> | undefined, isKnown?: IsKnown): readonly NameReference[] =>
  setting?.kind === 'template' ? templateNames(setting.template, isKnown) : [];

const retryNames = (retry: Retry | undefined, isKnown?: IsKnown): readonly NameReference[] =>
  [retry?.maxAttempts, retry?.delayMs, retry?.maxDelayMs, retry?.maxElapsedMs].flatMap((setting) =>
    settingNames(setting, isKnown),
  );

export const expressionNames = (expression: Expression | undefined, isKnown?: IsKnown): readonly NameReference[] =>
  expression === undefined ? [] : rootNames(expression, isKnown);

export const assertionNames = (assertions: readonly Assertion[], isKnown?: IsKnown): readonly NameReference[] =>
  assertions.flatMap(({ check, message }) => [
    ...expressionNames(check.kind === 'expression' ? check.expression : check.subject, isKnown),
    ...(check.kind === 'schema' && check.schema.kind === 'inline' ? templateNames(check.schema.schema, isKnown) : []),
    ...(message === undefined ? [] : templateNames(message, isKnown)),
  ]);

export const outputNames = (outputs: readonly Output[], isKnown?: IsKnown): readonly NameReference[] =>
  outputs.flatMap(({ from }) => (from.kind === 'template' ? templateNames(from.template, isKnown) : []));

/** What must be known before the step does anything. */
export const namesBefore = (step: Step, isKnown?: IsKnown): readonly NameReference[] => [
  ...expressionNames(step.when?.expression, isKnown),
  ...settingNames(step.timeoutMs, isKnown),
  ...retryNames(step.retry, isKnown),
  ...ownNames(step, isKnown),
];

const ownNames = (step: Step, isKnown?: IsKnown): readonly NameReference[] => {
  const ofTemplate = (template: Template) => templateNames(template, isKnown);
  const ofSetting = (setting: Setting<unknown> | undefined) => settingNames(setting, isKnown);
  switch (step.kind) {
    case 'action':
      return ofTemplate(step.config);
    case 'parallel':
      return ofSetting(step.maxConcurrent);
    case 'for_each':
      return [...overNames(step.over, isKnown), ...ofSetting(step.maxConcurrent), ...ofSetting(step.maxIterations)];
    case 'condition':
      return expressionNames(step.condition.expression, isKnown);
    case 'wait_until':
      return [...ofSetting(step.intervalMs), ...ofSetting(step.maxDurationMs)];
    case 'run_flow':
      return [...ofSetting(step.flow), ...ofTemplate(step.input), ...ofSetting(step.inputFile)];
  }
};

const overNames = (over: Extract<Step, { kind: 'for_each' }>['over'], isKnown?: IsKnown): readonly NameReference[] => {
  switch (over.kind) {
    case 'items':
      return templateNames(over.template, isKnown);
    case 'range':
      return [over.start, over.end, over.step].flatMap((setting) => settingNames(setting, isKnown));
    case 'glob':
      return templateNames(over.pattern, isKnown);
    case 'rows':
      return templateNames(over.file, isKnown);
  }
};

/** The condition of a wait, which its nested steps prepare. */
export const namesAfterNested = (step: Step, isKnown?: IsKnown): readonly NameReference[] =>
  step.kind === 'wait_until'
    ? [...expressionNames(step.condition.expression, isKnown), ...expressionNames(step.stopIf?.expression, isKnown)]
    : [];
