import type { Value } from '@testmesh/domain';
import {
  type ActionStep,
  type Assertion,
  type Condition,
  type ConditionStep,
  compileTextTemplate,
  constantTemplate,
  type Flow,
  type ForEachStep,
  isConstant,
  type Outcome,
  type Output,
  type ParallelStep,
  parseExpression,
  parseOutputPath,
  type Retry,
  type RunFlowStep,
  type Setting,
  type Step,
  type Template,
  type Text,
  type WaitUntilStep,
} from '@testmesh/flow';
import { fakeAction } from './fake-action.ts';

// Flows put together from parts in a test, as the reading side would make them from YAML.

const FILE = 'flows/test.yaml';

/** A text that stands at the first line of a file. */
export const textOf = (value: string, file = FILE): Text => ({
  value,
  span: (start, end) => ({ file, line: 1, column: start + 1, endLine: 1, endColumn: end + 1 }),
});

const anywhere = textOf('').span(0, 0);

const read = <T>(outcome: Outcome<T>): T => {
  if (outcome.ok) return outcome.value;
  throw new Error(outcome.problem.message);
};

/** Any value with `${…}` in its texts. */
export const templateOf = (value: Value): Template => {
  if (typeof value === 'string') return textTemplate(value);
  if (value === null || typeof value !== 'object') return constantTemplate(value);
  if (Array.isArray(value)) return folded({ kind: 'list', items: value.map(templateOf) }, value);
  const entries = Object.entries(value as Record<string, Value>).map(([key, item]) => ({
    key,
    value: templateOf(item),
  }));
  return folded({ kind: 'map', entries }, value);
};

const textTemplate = (value: string): Template => {
  const { template, problems } = compileTextTemplate(textOf(value));
  if (problems[0]) throw new Error(problems[0].message);
  return template;
};

const folded = (template: Template, value: Value): Template => {
  const parts =
    template.kind === 'list'
      ? template.items
      : template.kind === 'map'
        ? template.entries.map((entry) => entry.value)
        : [];
  return parts.every(isConstant) ? constantTemplate(value) : template;
};

export const conditionOf = (text: string): Condition => ({
  text,
  expression: read(parseExpression(textOf(text))),
  span: anywhere,
});

const assertionOf = (text: string): Assertion => ({
  group: 'all',
  text,
  span: textOf(text).span(0, text.length),
  check: { kind: 'expression', expression: read(parseExpression(textOf(text))) },
});

// A text with a placeholder is a template; anything else is a path into the result.
const outputOf = ([name, from]: [string, string]): Output => ({
  name,
  span: anywhere,
  from: from.includes('${')
    ? { kind: 'template', template: templateOf(from) }
    : { kind: 'path', path: read(parseOutputPath(textOf(from))) },
});

export const fixed = <T>(value: T): Setting<T> => ({ kind: 'fixed', value, span: anywhere });

const retryOf = (retry: RetryParts): Retry => ({
  maxAttempts: fixed(retry.maxAttempts),
  delayMs: fixed(retry.delayMs ?? 0),
  ...(retry.maxDelayMs !== undefined && { maxDelayMs: fixed(retry.maxDelayMs) }),
  ...(retry.maxElapsedMs !== undefined && { maxElapsedMs: fixed(retry.maxElapsedMs) }),
  backoff: retry.backoff ?? 'constant',
  jitter: retry.jitter ?? 0,
  retryOn: retry.retryOn ?? [],
  retryOnNot: retry.retryOnNot ?? [],
});

export interface RetryParts {
  readonly maxAttempts: number;
  readonly delayMs?: number;
  readonly maxDelayMs?: number;
  readonly maxElapsedMs?: number;
  readonly backoff?: Retry['backoff'];
  readonly jitter?: number;
  readonly retryOn?: readonly string[];
  readonly retryOnNot?: readonly string[];
}

/** What a test says of a step; everything else has the language's default. */
export interface StepParts {
  readonly action?: string;
  readonly title?: string;
  readonly named?: boolean;
  readonly config?: Value;
  readonly when?: string;
  readonly assert?: readonly string[];
  readonly output?: Readonly<Record<string, string>>;
  readonly retry?: RetryParts;
  readonly timeoutMs?: number;
  readonly onError?: 'fail' | 'continue';
  readonly errorSteps?: readonly Step[];
  readonly disabled?: boolean;
  readonly effect?: 'repeatable' | 'once';
  readonly onUnknown?: 'rerun' | 'fail' | 'verify';
  readonly verify?: readonly Step[];
}

const base = (id: string, action: string, parts: StepParts) => ({
  id,
  idSpan: anywhere,
  named: parts.named ?? true,
  ...(parts.title !== undefined && { title: parts.title }),
  phase: 'steps' as const,
  action,
  span: anywhere,
  actionSpan: anywhere,
  tags: [],
  disabled: parts.disabled ?? false,
  ...(parts.when !== undefined && { when: conditionOf(parts.when) }),
  asserts: (parts.assert ?? []).map(assertionOf),
  outputs: Object.entries(parts.output ?? {}).map(outputOf),
  ...(parts.retry && { retry: retryOf(parts.retry) }),
  ...(parts.timeoutMs !== undefined && { timeoutMs: fixed(parts.timeoutMs) }),
  onError: parts.onError ?? ('fail' as const),
  errorSteps: parts.errorSteps ?? [],
  ...(parts.effect && { effect: parts.effect }),
  ...(parts.onUnknown && { onUnknown: parts.onUnknown }),
  verify: parts.verify ?? [],
});

/** Steps of every kind, from what a test has to say of them. */
export const stepOf = {
  action: (id: string, parts: StepParts = {}): ActionStep => ({
    ...base(id, parts.action ?? 'do', parts),
    kind: 'action',
    config: templateOf(parts.config ?? {}),
    configSpan: anywhere,
    configPlaces: new Map(),
    schema: fakeAction().schema,
    files: [],
    leftToEnvironment: [],
  }),

  parallel: (
    id: string,
    branches: Readonly<Record<string, readonly Step[]>>,
    { maxConcurrent, failFast = true, ...parts }: StepParts & { maxConcurrent?: number; failFast?: boolean } = {},
  ): ParallelStep => ({
    ...base(id, 'parallel', parts),
    kind: 'parallel',
    branches: Object.entries(branches).map(([name, steps]) => ({ name, steps })),
    ...(maxConcurrent !== undefined && { maxConcurrent: fixed(maxConcurrent) }),
    failFast,
  }),

  forEach: (
    id: string,
    over: Value | ForEachStep['over'],
    steps: readonly Step[],
    parts: StepParts & {
      maxConcurrent?: number;
      maxIterations?: number;
      continueOnError?: boolean;
      allowEmpty?: boolean;
    } = {},
  ): ForEachStep => ({
    ...base(id, 'for_each', parts),
    kind: 'for_each',
    over: isOver(over) ? over : { kind: 'items', template: templateOf(over) },
    itemName: 'item',
    indexName: 'index',
    places: { over: anywhere, itemName: anywhere, indexName: anywhere },
    steps,
    maxConcurrent: fixed(parts.maxConcurrent ?? 1),
    ...(parts.maxIterations !== undefined && { maxIterations: fixed(parts.maxIterations) }),
    continueOnError: parts.continueOnError ?? false,
    allowEmpty: parts.allowEmpty ?? false,
  }),

  condition: (
    id: string,
    condition: string,
    yes: readonly Step[],
    no: readonly Step[] = [],
    parts: StepParts = {},
  ): ConditionStep => ({
    ...base(id, 'condition', parts),
    kind: 'condition',
    condition: conditionOf(condition),
    // biome-ignore lint/suspicious/noThenProperty: the language has a `then`, and nobody awaits a step
    then: yes,
    else: no,
  }),

  waitUntil: (
    id: string,
    condition: string,
    steps: readonly Step[],
    parts: StepParts & {
      intervalMs?: number;
      maxDurationMs?: number;
      stopIf?: string;
      onTimeout?: 'fail' | 'continue';
    } = {},
  ): WaitUntilStep => ({
    ...base(id, 'wait_until', parts),
    kind: 'wait_until',
    condition: conditionOf(condition),
    ...(parts.stopIf !== undefined && { stopIf: conditionOf(parts.stopIf) }),
    steps,
    intervalMs: fixed(parts.intervalMs ?? 1000),
    maxDurationMs: fixed(parts.maxDurationMs ?? 30_000),
    onTimeout: parts.onTimeout ?? 'fail',
  }),

  runFlow: (
    id: string,
    path: string,
    input: Value = {},
    parts: StepParts & { inheritEnv?: boolean; inputFile?: string } = {},
  ): RunFlowStep => ({
    ...base(id, 'run_flow', parts),
    kind: 'run_flow',
    flow: fixed(path),
    input: templateOf(input),
    inputPlaces: new Map(),
    ...(parts.inputFile !== undefined && { inputFile: fixed(parts.inputFile) }),
    inheritEnv: parts.inheritEnv ?? false,
  }),
};

const isOver = (over: Value | ForEachStep['over']): over is ForEachStep['over'] =>
  typeof over === 'object' && over !== null && 'kind' in over;

type FlowParts = Partial<Omit<Flow, 'env' | 'outputs' | 'timeoutMs' | 'teardownTimeoutMs' | 'mentions'>> & {
  readonly env?: Readonly<Record<string, Value>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly teardownTimeoutMs?: number;
  readonly mentions?: readonly string[];
};

/** A flow; every step id counts as mentioned unless the test says which are. */
export const flow = (parts: FlowParts = {}): Flow => {
  const { env = {}, outputs = {}, timeoutMs, teardownTimeoutMs, mentions, ...rest } = parts;
  const phased = (steps: readonly Step[] | undefined, phase: Step['phase']): Step[] =>
    (steps ?? []).map((step) => ({ ...step, phase }));
  return {
    name: 'test flow',
    file: FILE,
    hash: '0'.repeat(64),
    text: 'flow: {}',
    tags: [],
    secrets: [],
    secretSpans: new Map(),
    inputs: [],
    failFast: true,
    restartable: false,
    exclusive: [],
    span: anywhere,
    ...rest,
    env: Object.entries(env).map(([name, value]) => ({ name, template: templateOf(value), span: anywhere })),
    outputs: Object.entries(outputs).map(outputOf),
    ...(timeoutMs !== undefined && { timeoutMs: fixed(timeoutMs) }),
    ...(teardownTimeoutMs !== undefined && { teardownTimeoutMs: fixed(teardownTimeoutMs) }),
    mentions: mentions ? new Set(mentions) : EVERYTHING,
    setup: phased(rest.setup, 'setup'),
    steps: phased(rest.steps, 'steps'),
    teardown: phased(rest.teardown, 'teardown'),
  };
};

const EVERYTHING: ReadonlySet<string> = Object.assign(new Set<string>(), { has: () => true });
