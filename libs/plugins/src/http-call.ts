import type { ActionContext, ActionOutcome } from '@testmesh/action-kit';
import { parseJson, stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import { exchange, under } from './http-exchange.ts';
import { type ProcessAnswer, type ProcessInfo, processAnswer } from './http-protocol.ts';
import { reasonOf } from './plugin.ts';

// One step, carried out by a plugin process. Invariants:
// P3. A step that ends before its answer came (its timeout, a cancellation) closes the connection, and says so to a
//     process that understands it; the process is not waited for.
// P4. Nothing is tried again: whether an action may happen twice is for the flow to say.

const ANSWER_BYTES = 8 * 1024 * 1024;
const CANCEL_MS = 2000;

interface Called {
  readonly url: URL;
  readonly info: ProcessInfo;
  readonly action: string;
}

export const callProcess = async (called: Called, config: unknown, context: ActionContext): Promise<ActionOutcome> => {
  const call = crypto.randomUUID();
  const body = stringifyJson({
    call_id: call,
    action: called.action,
    config: config as Value,
    context: {
      execution_id: context.runId,
      flow: context.flowName,
      step_id: context.stepPath,
      attempt: context.attempt,
      traceparent: context.traceparent,
    },
  });
  try {
    const asked = { method: 'POST', body, signal: context.signal, mostBytes: ANSWER_BYTES } as const;
    const { status, text } = await exchange(under(called.url, 'execute'), asked);
    return outcomeOf(answerOf(status, text), called, context);
  } catch (error) {
    if (context.signal.aborted) {
      await cancel(called, call, context);
      throw error;
    }
    return unusable(called, reasonOf(error));
  }
};

const answerOf = (status: number, text: string): ProcessAnswer => {
  const shown = text.slice(0, 200);
  if (status !== 200) throw new Error(`status ${status}: ${shown}`);
  const answer = processAnswer.safeParse(jsonOf(text, shown));
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  throw new Error(`${issue?.path.join('.')} ${issue?.message} in ${shown}`);
};

const jsonOf = (text: string, shown: string): Value => {
  try {
    return parseJson(text);
  } catch {
    throw new Error(`no JSON: ${shown}`);
  }
};

const outcomeOf = (answer: ProcessAnswer, called: Called, { log }: ActionContext): ActionOutcome => {
  for (const { level, message } of answer.logs) log(`${called.info.id}: ${message}`, { level });
  if (answer.success) return { kind: 'completed', output: answer.output as ValueMap };
  const { code, message, details } = answer.error ?? { message: '' };
  return {
    kind: 'not-carried-out',
    code: code ?? 'TM4904',
    reason: `${called.action} of the plugin ${called.info.id} ${called.info.version}: ${message || 'it failed and does not say why'}`,
    ...(details !== undefined && { details: { details: details as Value } }),
  };
};

const unusable = ({ url, info, action }: Called, reason: string): ActionOutcome => ({
  kind: 'not-carried-out',
  code: 'TM4903',
  reason: `${action} of the plugin ${info.id} ${info.version} at ${url.href} did not answer as it should: ${reason}`,
  help: 'is the process still up? Its own log tells more',
});

/** Best effort: a process that cannot be told is left behind, which the run's log says. */
const cancel = async ({ url, info }: Called, call: string, { log }: ActionContext): Promise<void> => {
  if (!info.cancel) return;
  try {
    const signal = AbortSignal.timeout(CANCEL_MS);
    const body = stringifyJson({ call_id: call });
    await exchange(under(url, 'cancel'), { method: 'POST', body, signal, mostBytes: ANSWER_BYTES });
  } catch (error) {
    log(`the plugin ${info.id} could not be told of the cancellation: ${reasonOf(error)}`);
  }
};
