// The wait that redis.subscribe and redis.xread share: take what comes until it is enough or time is up.
import { type ActionContext, type ActionOutcome, abortable, correlationRequirements } from '@testmesh/action-kit';
import { type AssertionRecord, type Exchange, stringifyJson, type ValueMap } from '@testmesh/domain';
import { describeFailure } from '../client/failure.ts';
import { Inbox, type Received, type Wanted } from './inbox.ts';

export interface WaitPlan {
  /** `channel orders`, `stream orders`. */
  readonly what: string;
  readonly at: string;
  readonly wanted: Wanted & { readonly timeout: number; readonly allow_empty: boolean };
  /** Keys of the result that stand for a part of the first message. */
  readonly roots: readonly string[];
  /** Connects, and gives what came next at each call, waiting a moment when there is nothing. */
  readonly open: (signal: AbortSignal) => Promise<() => Promise<readonly Received[]>>;
}

export const waitFor = async (plan: WaitPlan, context: ActionContext): Promise<ActionOutcome> => {
  const { wanted, at, what, roots } = plan;
  const startedAt = context.clock.monotonic();
  const deadline = AbortSignal.timeout(wanted.timeout);
  const signal = AbortSignal.any([context.signal, deadline]);
  const requirements = correlationRequirements(context.expectations.correlations, roots);
  const inbox = new Inbox(wanted, requirements);
  const result = () => resultOf(inbox, roots, context.clock.monotonic() - startedAt);
  const holds = () => !context.expectations.present || context.expectations.judge(result()).holds;
  let isOpen = false;
  try {
    const next = await abortable(plan.open(signal), signal);
    isOpen = true;
    while (!inbox.isTooLarge) {
      for (const received of await abortable(next(), signal)) if (!inbox.take(received)) break;
      if (inbox.isEnough(holds)) break;
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (!deadline.aborted) return describeFailure(error, { at, doing: `waiting on ${what}` });
    if (!isOpen)
      return {
        kind: 'not-carried-out',
        code: 'ETIMEDOUT',
        reason: `Redis at ${at} did not answer within ${wanted.timeout} ms`,
      };
  }
  const output = result();
  const exchange = exchangeOf(plan, inbox, context.clock.monotonic() - startedAt);
  if (inbox.isTooLarge)
    return {
      kind: 'not-carried-out',
      code: 'TM4303',
      reason: `the messages on ${what} weigh more than ${wanted.max_bytes} bytes together`,
      help: 'give count, or raise max_bytes',
      exchange,
    };
  return {
    kind: 'completed',
    output,
    exchange,
    implied: impliedOf(
      plan,
      inbox,
      requirements.map(({ text }) => text),
    ),
  };
};

const resultOf = (inbox: Inbox, roots: readonly string[], durationMs: number): ValueMap => {
  const first = inbox.messages[0] ?? {};
  return {
    messages: [...inbox.messages],
    ...Object.fromEntries(roots.flatMap((root) => (first[root] === undefined ? [] : [[root, first[root]]]))),
    count: inbox.messages.length,
    skipped: inbox.skippedCount,
    duration_ms: durationMs,
  };
};

const impliedOf = ({ what, wanted }: WaitPlan, inbox: Inbox, texts: readonly string[]): readonly AssertionRecord[] => {
  const found = inbox.messages.length;
  if (wanted.allow_empty && found === 0) return [];
  const expected = wanted.count ?? 1;
  const passed = found >= expected && inbox.isFresh;
  return [
    {
      expression: `${plural(expected)} on ${what}${texts.length === 0 ? '' : ` with ${texts.join(' and ')}`}`,
      group: 'implied',
      passed,
      actual: found,
      expected,
      ...(!passed && { message: shortfall(what, wanted.timeout, inbox, expected) }),
      values: [],
    },
  ];
};

const shortfall = (what: string, timeoutMs: number, inbox: Inbox, expected: number): string => {
  const found = inbox.messages.length;
  const within = `within ${(timeoutMs / 1000).toFixed(1)} s`;
  if (found >= expected) return `${plural(found)} on ${what}, but none newer than the run's start ${within}`;
  const amount = found === 0 ? 'no message' : `only ${plural(found)}`;
  const newest = inbox.skipped.at(-1);
  if (newest === undefined) return `${amount} on ${what} ${within}`;
  return `${amount} on ${what} matched ${within}; ${inbox.skippedCount} did not; the newest: ${newest.why}`;
};

const SHOWN_LENGTH = 500;
const shown = (message: ValueMap): string => {
  const text = stringifyJson(message['value']);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
};

const exchangeOf = ({ what, at }: WaitPlan, inbox: Inbox, durationMs: number): Exchange => ({
  kind: 'redis',
  request: { at },
  summary: `${what} → ${plural(inbox.messages.length)} in ${Math.round(durationMs)} ms`,
  ...(inbox.messages.length > 0 && { response: inbox.messages.slice(0, 5).map(shown) }),
  seen: [...inbox.skipped].reverse().map(({ message, why }) => ({ value: shown(message), why })),
});

const plural = (count: number): string => `${count} message${count === 1 ? '' : 's'}`;
