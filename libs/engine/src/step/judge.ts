import type { AssertionRecord, StepError, Value, ValueMap } from '@testmesh/domain';
import type { JudgeOptions } from '@testmesh/flow';
import { extract, judge, namesRoot, type Output, render, resultScope, type Scope } from '@testmesh/flow';
import { asError } from './settings.ts';
import type { Attempt, Result, Work } from './work.ts';

// What a result is worth. Invariants:
// E5. Every assertion is judged and recorded, and so is every expectation the action has of itself; all must hold.
// E6. "Could not be carried out" is an error, unless an assertion of the step names `error`: then it is a result like any other.
// E7. Outputs are taken from a result that holds; a miss fails the step. What a failed result still held is kept for cleaning up.
// E8. A defect of the flow itself (an expression that cannot be worked out) is an error that nothing excuses.

export interface Judging {
  readonly attempt: Attempt;
  readonly aliases: Readonly<Record<string, string>>;
  /** Keys the action's result may have. */
  readonly declared: readonly string[];
  readonly options: JudgeOptions;
}

export const judged = (work: Work, judging: Judging): Result => {
  const { step } = judging.attempt;
  if (work.kind === 'completed') return judgeCompleted(work, judging);
  if (!namesRoot(step.asserts, 'error')) return failure('error', work.error, { exchange: work.exchange });
  const { code, message } = work.error;
  const error = { ...work.details, code, message };
  const completed: Completed = {
    kind: 'completed',
    output: {},
    exchange: work.exchange,
    implied: [],
    checksByItself: false,
  };
  return judgeCompleted(completed, judging, error);
};

type Completed = Extract<Work, { kind: 'completed' }>;

const judgeCompleted = (work: Completed, judging: Judging, error?: ValueMap): Result => {
  const { step, scope: names } = judging.attempt;
  const scope = scopeOf(work, judging, error);
  const judgement = step.asserts.length === 0 ? NOTHING_ASSERTED : judge(step.asserts, scope, maskedOptions(judging));
  const assertions = work.implied.length === 0 ? judgement.records : [...work.implied, ...judgement.records];
  const checks = assertions.length > 0 ? assertions.length : Number(work.checksByItself);
  const found = { output: work.output, assertions, checks, exchange: work.exchange };
  if (judgement.defect) {
    const absent = names.absent.at(-1);
    return failure('error', asError(judgement.defect, absent === undefined), { ...found, absent });
  }
  const own = work.error ?? work.nested?.error;
  if (work.nested) return failure(work.nested.status, nestedError(work.nested, own), salvaged(found, judging, scope));
  const holds = judgement.holds && work.error === undefined && work.implied.every(({ passed }) => passed);
  if (!holds) return failure('failed', own, salvaged(found, judging, scope));
  return captured(found, judging, scope);
};

/** With what the run masks, so that no record shows a part of it. */
export const maskedOptions = ({ attempt, options }: Judging): JudgeOptions => {
  const { masker } = attempt.frame.run;
  return { ...options, isSecret: (value) => masker.value(value) !== value };
};

const NOTHING_ASSERTED = { records: [] as readonly AssertionRecord[], holds: true, defect: undefined };

type Found = Omit<Result, 'status' | 'captured' | 'error'>;

const captured = (found: Found & { readonly output: ValueMap }, judging: Judging, scope: Scope): Result => {
  const values = new Map<string, Value>();
  for (const output of judging.attempt.step.outputs) {
    const taken = take(output, found.output, judging, scope);
    if ('error' in taken) return failure('failed', taken.error, { ...found, captured: values });
    values.set(output.name, taken.value);
  }
  return { ...found, status: 'passed', captured: values };
};

const salvaged = <F extends Found & { readonly output: ValueMap }>(found: F, judging: Judging, scope: Scope) => {
  const values = new Map<string, Value>();
  for (const output of judging.attempt.step.outputs) {
    const taken = take(output, found.output, judging, scope);
    if ('value' in taken && taken.value !== null) values.set(output.name, taken.value);
  }
  return { ...found, captured: values };
};

type Taken = { readonly value: Value } | { readonly error: StepError };

const take = ({ from }: Output, result: ValueMap, judging: Judging, scope: Scope): Taken => {
  const { attempt, aliases } = judging;
  const taken =
    from.kind === 'path'
      ? extract(from.path, result, { stepId: attempt.step.id, aliases })
      : render(from.template, scope);
  if (!taken.ok) return { error: asError(taken.problem, from.kind === 'template') };
  return { value: taken.value ?? null };
};

const scopeOf = (work: Completed, { attempt, aliases, declared }: Judging, error?: ValueMap): Scope =>
  resultScope({
    result: work.output,
    stepId: attempt.step.id,
    aliases,
    scope: attempt.scope,
    error,
    declared,
    fallsShort: work.implied.some(({ passed }) => !passed),
  });

const nestedError = (
  { path, message, defect }: NonNullable<Completed['nested']>,
  own: StepError | undefined,
): StepError => ({
  code: own?.code ?? 'TM5012',
  message: `${path}: ${message}`,
  ...(own?.span && { span: own.span }),
  ...(defect && { defect }),
});

export const failure = (
  status: 'failed' | 'error',
  error: StepError | undefined,
  found: Partial<Omit<Result, 'status' | 'error'>> = {},
): Result => ({
  captured: NOTHING_CAPTURED,
  assertions: [],
  checks: 0,
  ...found,
  status,
  error,
});

const NOTHING_CAPTURED: ReadonlyMap<string, Value> = new Map();
