import { parseDuration } from '@testmesh/contracts';
import type { Value } from '@testmesh/domain';
import { couldBeTrue } from '../assertion/boolean.ts';
import { verdictOf } from '../expression/verdict.ts';
import type { Flow, Setting, Step } from '../model/flow.ts';
import { withNested } from '../reading/mentions.ts';
import type { Findings } from '../source/findings.ts';

/** Settings that contradict one another, or that can have no effect. */
export const checkSettings = (flow: Flow, findings: Findings): void => {
  for (const step of [...flow.setup, ...flow.steps, ...flow.teardown].flatMap(withNested)) {
    checkRetry(step, findings);
    checkTimes(flow, step, findings);
    checkConstants(step, findings);
    checkUnknownOutcome(step, findings);
    if (step.kind === 'for_each') checkEmptyLoop(step, findings);
    if (step.kind === 'wait_until') checkWait(step, findings);
  }
};

const known = <T>(setting: Setting<T> | undefined): T | undefined =>
  setting?.kind === 'fixed' ? setting.value : undefined;

const NEVER_FAILS = new Set(['delay', 'log']);

const checkRetry = (step: Step, findings: Findings): void => {
  const { retry } = step;
  if (retry === undefined) return;
  const [delay, maxDelay, maxElapsed] = [retry.delayMs, retry.maxDelayMs, retry.maxElapsedMs].map(known);
  if (delay !== undefined && maxDelay !== undefined && maxDelay < delay) {
    findings.error('TM2017', retry.maxDelayMs?.span ?? step.span, '`max_delay` is shorter than `delay`');
  }
  if (delay !== undefined && maxElapsed !== undefined && maxElapsed < delay) {
    findings.error('TM2017', retry.maxElapsedMs?.span ?? step.span, '`max_elapsed` ends before the first `delay` does');
  }
  if (known(retry.maxAttempts) === 1) {
    findings.warning('TM2016', retry.maxAttempts.span, 'one attempt in all: nothing is tried again');
  } else if (NEVER_FAILS.has(step.action) && step.asserts.length === 0) {
    findings.warning('TM2016', retry.maxAttempts.span, `${step.action} cannot fail: \`retry\` has no effect`);
  }
};

const checkTimes = (flow: Flow, step: Step, findings: Findings): void => {
  const limit = known(step.timeoutMs);
  if (limit === undefined || step.timeoutMs === undefined) return;
  const { span } = step.timeoutMs;
  const whole = known(flow.timeoutMs);
  if (whole !== undefined && limit > whole) {
    findings.warning('TM2016', span, "the flow's `timeout` ends before this one can");
  }
  const pause = configDuration(step, 'duration');
  if (step.action === 'delay' && pause !== undefined && pause >= limit) {
    findings.error('TM2017', span, 'the step waits longer than its `timeout` allows');
  }
  const own = step.kind === 'wait_until' ? known(step.maxDurationMs) : configDuration(step, 'timeout');
  if (own !== undefined && own > limit) {
    findings.warning('TM2016', span, "this `timeout` ends the step before the action's own can");
  }
};

const configDuration = (step: Step, key: string): number | undefined => {
  if (step.kind !== 'action') return undefined;
  const { config } = step;
  const value: Value | undefined =
    config.kind === 'constant'
      ? entry(config.value, key)
      : config.kind === 'map'
        ? constantEntry(config.entries, key)
        : undefined;
  return typeof value === 'string' ? parseDuration(value) : undefined;
};

type Entries = Extract<Extract<Step, { kind: 'action' }>['config'], { kind: 'map' }>['entries'];

const constantEntry = (entries: Entries, key: string): Value | undefined => {
  const found = entries.find((candidate) => candidate.key === key)?.value;
  return found?.kind === 'constant' ? found.value : undefined;
};

const entry = (value: Value, key: string): Value | undefined =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, Value>>)[key]
    : undefined;

const checkConstants = (step: Step, findings: Findings): void => {
  const own = step.kind === 'condition' || step.kind === 'wait_until' ? [step.condition] : [];
  const stop = step.kind === 'wait_until' ? [step.stopIf] : [];
  for (const condition of [step.when, ...own, ...stop]) {
    if (condition === undefined) continue;
    const { expression, span, text } = condition;
    if (!couldBeTrue(expression.ast)) {
      findings.error('TM3021', span, `\`${text.trim()}\` is never true or false`, {
        help: 'compare it with something',
      });
      continue;
    }
    const verdict = verdictOf(expression);
    if (verdict === true) findings.warning('TM2016', span, 'this always holds');
    if (verdict !== false) continue;
    findings.warning('TM2018', span, 'this never holds', {
      ...(condition === step.when && { help: 'disabled: true leaves a step out on purpose' }),
    });
  }
};

const checkUnknownOutcome = (step: Step, findings: Findings): void => {
  if (step.onUnknown !== undefined && step.effect === 'repeatable') {
    findings.warning('TM2016', step.span, '`on_unknown` has no effect on a step with `effect: repeatable`');
  }
  if (step.verify.length > 0 && step.onUnknown !== 'verify') {
    findings.error('TM2017', step.span, `\`verify\` steps never run with \`on_unknown: ${step.onUnknown}\``);
  }
};

const checkEmptyLoop = (step: Extract<Step, { kind: 'for_each' }>, findings: Findings): void => {
  if (step.allowEmpty) return;
  const { over } = step;
  const isEmptyList =
    over.kind === 'items' &&
    over.template.kind === 'constant' &&
    Array.isArray(over.template.value) &&
    over.template.value.length === 0;
  if (!isEmptyList && !isEmptyRange(over)) return;
  findings.error('TM2017', step.places.over, 'the loop has no items and would fail', {
    help: 'allow_empty: true permits it',
  });
};

const isEmptyRange = (over: Extract<Step, { kind: 'for_each' }>['over']): boolean => {
  if (over.kind !== 'range') return false;
  const [start, end, by] = [over.start, over.end, over.step].map(known);
  return start !== undefined && end !== undefined && by !== undefined && (end - start) * by < 0;
};

const checkWait = (step: Extract<Step, { kind: 'wait_until' }>, findings: Findings): void => {
  const interval = known(step.intervalMs);
  const longest = known(step.maxDurationMs);
  if (interval !== undefined && longest !== undefined && interval > longest) {
    findings.error('TM2017', step.intervalMs.span, '`interval` is longer than the whole wait');
  }
};
