import {
  type RecordedEvent,
  type RunEvent,
  runEventOf,
  runSpanId,
  type StepCompleted,
  type StepPath,
  stepSpanId,
  traceIdOf,
  type Verdict,
} from '@testmesh/domain';
import { attributes, nanos, type OtlpSpan, type OtlpTrace } from './otlp.ts';
import { endStep, type StepSpan, settleAttempt, startStep, stepAttributes, stepEvents } from './step-span.ts';

// A run as a trace, drawn from its events alone: it is whole when nothing was sampled, and no tracing backend is asked.
// T1. One root span from the request to the end; a span for each wait for an executor; one for each attempt at a step.
// T2. Ids are those that the run itself sent in `traceparent`, so that spans of what was called hang below their step.
// T3. An attempt that its executor did not live to end keeps a span of its own, and the one that repeated it links to it.

interface Waiting {
  readonly from: number;
  to?: number;
}

interface TraceState {
  readonly waits: Waiting[];
  readonly steps: StepSpan[];
  /** The attempt at each step that is or was last under way. */
  readonly current: Map<StepPath, StepSpan>;
  requested?: Requested;
  requestedAt: number;
  lastAt: number;
  completed?: Completed;
  executor?: string;
}

type Requested = Extract<RunEvent, { readonly type: 'RunRequested' }>;
type Completed = Extract<RunEvent, { readonly type: 'RunCompleted' }>;

/** The trace of a run so far; spans that have not ended reach to its last event. */
export const foldTrace = (runId: string, recorded: Iterable<RecordedEvent>): OtlpTrace => {
  const state: TraceState = { waits: [], steps: [], current: new Map(), requestedAt: 0, lastAt: 0 };
  for (const event of recorded) take(state, runEventOf(event), event.time);
  const traceId = traceIdOf(runId);
  const spans = [rootSpan(state, traceId, runId), ...waitSpans(state, traceId), ...stepSpans(state, traceId, runId)];
  const service = attributes({ 'service.name': 'testmesh' });
  return {
    resourceSpans: [
      { resource: { attributes: service }, scopeSpans: [{ scope: { name: 'testmesh.journal' }, spans }] },
    ],
  };
};

const take = (state: TraceState, event: RunEvent, time: number): void => {
  // Writers' clocks may differ a little: a trace that runs backwards could not be drawn.
  const at = Math.max(time, state.lastAt);
  state.lastAt = at;
  switch (event.type) {
    case 'RunRequested':
      state.requested = event;
      state.requestedAt = at;
      state.waits.push({ from: at });
      return;
    case 'RunClaimed':
      state.executor = event.executor;
      endWait(state, at);
      return;
    case 'RunLeaseExpired':
    case 'RunReleased':
      for (const step of state.steps) if (step.endedAt === undefined) endStep(step, { at, lost: true });
      state.waits.push({ from: at });
      return;
    case 'StepStarted':
      state.current.set(event.path, startStep(state, event, at));
      return;
    case 'StepCompleted':
      complete(state, event, at);
      return;
    case 'RunCompleted':
      state.completed = event;
      endWait(state, at);
      return;
    default:
  }
};

const endWait = ({ waits }: TraceState, at: number): void => {
  const last = waits.at(-1);
  if (last !== undefined) last.to ??= at;
};

const complete = (state: TraceState, event: StepCompleted, at: number): void => {
  const known = state.current.get(event.path);
  // A step that was skipped never started.
  const span =
    known !== undefined && known.endedAt === undefined ? known : startStep(state, { ...event, attempt: 1 }, at);
  state.current.set(event.path, span);
  endStep(span, { at, completed: event });
  for (let before = span.before; before !== undefined; before = before.before) {
    const told = event.attempts[before.attempt - 1];
    if (told === undefined || before.attempt >= span.attempt) return;
    settleAttempt(before, told);
  }
};

const RESULT: Readonly<Record<Verdict, string>> = {
  passed: 'success',
  failed: 'failure',
  error: 'error',
  cancelled: 'cancellation',
  timed_out: 'timeout',
};

const rootSpan = (state: TraceState, traceId: string, runId: string): OtlpSpan => {
  const { requested, completed, requestedAt, lastAt, executor } = state;
  const verdict = completed?.verdict;
  return {
    traceId,
    spanId: runSpanId(traceId),
    name: `RUN ${requested?.flow.name ?? ''}`,
    kind: 2,
    startTimeUnixNano: nanos(requestedAt),
    endTimeUnixNano: nanos(lastAt),
    attributes: attributes({
      'cicd.pipeline.name': requested?.flow.name,
      'cicd.pipeline.run.id': runId,
      'cicd.pipeline.action.name': 'RUN',
      'cicd.pipeline.result': verdict && RESULT[verdict],
      'cicd.pipeline.run.state': verdict === undefined ? (executor === undefined ? 'pending' : 'executing') : undefined,
      'cicd.worker.id': executor,
      'test.suite.name': requested?.flow.name,
      'deployment.environment.name': requested?.environment,
    }),
    events: [],
    links: [],
    status: statusOf(verdict === undefined ? undefined : verdict === 'passed', completed?.reason),
  };
};

const statusOf = (good: boolean | undefined, why: string | undefined): OtlpSpan['status'] => {
  if (good === undefined) return { code: 0 };
  return good ? { code: 1 } : { code: 2, ...(why !== undefined && { message: why }) };
};

const waitSpans = ({ waits, lastAt }: TraceState, traceId: string): readonly OtlpSpan[] =>
  waits.map(({ from, to }, at) => ({
    traceId,
    spanId: stepSpanId(traceId, '(pending)' as StepPath, at + 1),
    parentSpanId: runSpanId(traceId),
    name: 'pending',
    kind: 1,
    startTimeUnixNano: nanos(from),
    endTimeUnixNano: nanos(to ?? lastAt),
    attributes: attributes({ 'cicd.pipeline.run.state': 'pending' }),
    events: [],
    links: [],
    status: { code: 0 },
  }));

const stepSpans = ({ steps, lastAt, requested }: TraceState, traceId: string, runId: string): readonly OtlpSpan[] => {
  const ids = idsOf(steps, traceId);
  const root = runSpanId(traceId);
  return steps.map((step) => {
    const { parent, repeats, startedAt, endedAt, name } = step;
    const result = step.result;
    return {
      traceId,
      spanId: ids.get(step) ?? root,
      parentSpanId: (parent && ids.get(parent)) ?? root,
      name,
      kind: 1,
      startTimeUnixNano: nanos(startedAt),
      endTimeUnixNano: nanos(endedAt ?? lastAt),
      attributes: stepAttributes(step, runId, requested?.flow.name ?? ''),
      events: stepEvents(step, endedAt ?? lastAt),
      links:
        repeats === undefined
          ? []
          : [{ traceId, spanId: ids.get(repeats) ?? root, attributes: [...attributes({ 'link.reason': 'takeover' })] }],
      status: statusOf(result === undefined || result === 'skip' ? undefined : result === 'success', step.message),
    };
  });
};

// T3: of attempts that bear the same number the last one is the step's own.
const idsOf = (steps: readonly StepSpan[], traceId: string): ReadonlyMap<StepSpan, string> => {
  const repeated = new Map(
    steps.flatMap((step) => (step.repeats === undefined ? [] : [[step.repeats, step] as const])),
  );
  return new Map(
    steps.map((step, at) => {
      const path = repeated.has(step) ? (`${step.path} lost ${at}` as StepPath) : step.path;
      return [step, stepSpanId(traceId, path, step.attempt)];
    }),
  );
};
