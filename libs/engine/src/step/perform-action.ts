import type { Action, ActionOutcome, Expectations } from '@testmesh/action-kit';
import type { StepError, Value, ValueMap } from '@testmesh/domain';
import { type ActionStep, correlations, judge, namesRoot, render, resultScope } from '@testmesh/flow';
import { settle } from '../deadline.ts';
import { headerTexts, type PreparedStep } from '../flow-run.ts';
import { interruptionOf } from '../interruption.ts';
import { messageOf } from '../resources.ts';
import { actionContext } from './action-context.ts';
import { failure, judged, maskedOptions } from './judge.ts';
import { asError, StepProblem } from './settings.ts';
import { started } from './started.ts';
import type { Attempt, Result, Work } from './work.ts';

// render → perform → judge → extract, once. Invariants:
// E3. The config is rendered with everything known at this moment and handed over unchecked; the action checks it.
// E4. A step that must not happen twice acts only after its StepStarted is on stable storage.

export const performAction = async (attempt: Attempt<ActionStep>): Promise<Result> => {
  const { step, frame, scope } = attempt;
  const prepared = await frame.flowRun.prepare(step);
  const config = renderConfig(prepared, attempt);
  if (!config.ok) {
    started(attempt, step.effect ?? 'repeatable');
    const absent = scope.absent.at(-1);
    return failure('error', asError(config.problem, absent === undefined), { absent });
  }
  const effect = step.effect ?? prepared.action.schema.effect(config.value);
  started(attempt, effect);
  if (effect === 'once' && !(await mayAct(attempt))) return failure('error', interruptionOf(attempt.signal).error);
  const { schema } = prepared.action;
  const judging = {
    attempt,
    aliases: schema.resultAliases,
    declared: Object.keys(schema.result),
    options: prepared.options,
  };
  return judged(await carryOut(prepared.action, config.value, judging), judging);
};

// While it waited for the journal the run may have been lost to another owner, who knows no more of this step than that.
const mayAct = async ({ frame, signal }: Attempt): Promise<boolean> => {
  await frame.run.durable();
  return !signal.aborted;
};

type Judging = Parameters<typeof judged>[1];

const renderConfig = ({ template, constant }: PreparedStep, { scope, step, frame }: Attempt<ActionStep>) => {
  if (constant) return { ok: true as const, value: constant };
  const rendered = render(template, scope);
  if (!rendered.ok) return rendered;
  frame.run.masker.learnConfig(rendered.value);
  if (isMap(rendered.value)) return { ok: true as const, value: rendered.value };
  const message = `the config of ${step.id} must be a map once its templates are rendered`;
  return { ok: false as const, problem: { code: 'TM5030', message, span: step.configSpan } };
};

const carryOut = async (
  action: Action,
  config: ValueMap,
  judging: Judging & { readonly attempt: Attempt<ActionStep> },
): Promise<Work> => {
  const { attempt } = judging;
  const { frame, path, number, scope, signal } = attempt;
  const context = actionContext({
    frame,
    path,
    attempt: number,
    scope,
    signal,
    expectations: expectationsOf(judging),
    routingHeaders: routingHeaders(attempt),
  });
  try {
    const outcome = await settle(action.perform(config, context), signal, frame.run.ports.clock);
    return workOf(outcome, action, attempt);
  } catch (error) {
    return { kind: 'not-carried-out', error: thrownError(error, attempt) };
  }
};

const workOf = (outcome: ActionOutcome, action: Action, { frame, step }: Attempt<ActionStep>): Work => {
  if (outcome.kind === 'completed') {
    frame.run.masker.learnResult(outcome.output);
    const { output, exchange, implied = [] } = outcome;
    return { kind: 'completed', output, exchange, implied, checksByItself: action.schema.checksByItself };
  }
  const { code, reason, help, at, exchange, details } = outcome;
  const span = at === undefined ? undefined : step.configPlaces.get(at);
  return {
    kind: 'not-carried-out',
    error: { code, message: reason, ...(help !== undefined && { help }), ...(span && { span }) },
    exchange,
    details,
  };
};

/** An aborted signal explains what an action throws; anything else is a fault of the action. */
const thrownError = (error: unknown, { signal, step }: Attempt): StepError => {
  if (error instanceof StepProblem) return error.error;
  if (signal.aborted) return interruptionOf(signal).error;
  return {
    code: 'TM5013',
    message: `${step.action} broke: ${messageOf(error)}`,
    help: 'this is a fault in the action, not in your flow; please report it',
  };
};

const expectationsOf = (judging: Judging): Expectations => {
  const { attempt, aliases, declared } = judging;
  const { step, scope, frame } = attempt;
  let found: Expectations['correlations'] | undefined;
  return {
    present: step.asserts.length > 0,
    names: (root) => namesRoot(step.asserts, root),
    judge: (result) => {
      const { holds, records } = judge(
        step.asserts,
        resultScope({ result, stepId: step.id, aliases, scope, declared }),
        maskedOptions(judging),
      );
      return { holds, records };
    },
    get correlations() {
      found ??= correlations(step.asserts, scope, (name) => frame.flowRun.isFresh(name));
      return found;
    },
  };
};

const NO_HEADERS = {};

const routingHeaders = ({ frame, scope }: Attempt): Readonly<Record<string, string>> => {
  const headers = frame.flowRun.headers;
  if (!headers) return NO_HEADERS;
  if (headers.constant) return headers.constant;
  const rendered = render(headers.template, scope);
  if (!rendered.ok) throw new StepProblem(asError(rendered.problem, true));
  frame.run.masker.learnConfig({ headers: rendered.value });
  return headerTexts(rendered.value as ValueMap);
};

const isMap = (value: Value): value is ValueMap =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.getPrototypeOf(value) !== Number.prototype;
