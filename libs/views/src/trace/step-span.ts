import type { AttemptRecord, Phase, StepCompleted, StepPath } from '@testmesh/domain';
import { type Attribute, attributes, nanos, type SpanEvent } from './otlp.ts';

/** One attempt at a step while the trace is folded. */
export interface StepSpan {
  readonly path: StepPath;
  readonly id: string;
  readonly name: string;
  readonly action: string;
  readonly phase: Phase;
  readonly attempt: number;
  readonly parent: StepSpan | undefined;
  /** The attempt before this one. */
  readonly before: StepSpan | undefined;
  /** The attempt that was lost with its executor and that this one makes again. */
  readonly repeats: StepSpan | undefined;
  readonly startedAt: number;
  endedAt?: number;
  result?: Result;
  message?: string;
  /** How the step ended, with its last attempt. */
  completed?: StepCompleted;
}

type Result = 'success' | 'failure' | 'error' | 'skip';

const RESULTS = { passed: 'success', failed: 'failure', error: 'error', skipped: 'skip' } as const;

interface Starting {
  readonly path: StepPath;
  readonly id: string;
  readonly title?: string;
  readonly action: string;
  readonly phase: Phase;
  readonly attempt: number;
  readonly parent?: StepPath;
}

interface Known {
  readonly steps: StepSpan[];
  readonly current: ReadonlyMap<StepPath, StepSpan>;
}

/** Begins an attempt; the one before it has ended by now. */
export const startStep = ({ steps, current }: Known, event: Starting, at: number): StepSpan => {
  const { path, id, title, action, phase, attempt } = event;
  const before = current.get(path);
  if (before !== undefined && before.endedAt === undefined) endStep(before, { at });
  const span: StepSpan = {
    path,
    id,
    name: title ?? id,
    action,
    phase,
    attempt,
    parent: event.parent === undefined ? undefined : current.get(event.parent),
    before,
    repeats: before?.attempt === attempt ? before : undefined,
    startedAt: at,
  };
  steps.push(span);
  return span;
};

interface Ending {
  readonly at: number;
  readonly completed?: StepCompleted;
  /** Its executor was not heard of any more. */
  readonly lost?: true;
}

export const endStep = (span: StepSpan, { at, completed, lost }: Ending): void => {
  span.endedAt = at;
  if (completed === undefined) {
    span.result = 'error';
    span.message = lost ? 'its executor was lost or gave the run back' : 'began again';
    return;
  }
  span.result = RESULTS[completed.status];
  span.completed = completed;
  const why = completed.error?.message ?? completed.attempts.at(-1)?.failures[0] ?? completed.reason;
  if (why !== undefined && span.result !== 'success') span.message = why;
};

/** An attempt before the last one, as the step's end tells of it: it ended before the wait for the next one began. */
export const settleAttempt = (span: StepSpan, { status, durationMs, error, failures }: AttemptRecord): void => {
  span.endedAt = Math.min(span.startedAt + durationMs * 1000, span.endedAt ?? Number.POSITIVE_INFINITY);
  span.result = RESULTS[status];
  const why = error?.message ?? failures[0];
  if (why !== undefined) span.message = why;
};

/** What is known of an attempt, by the names of OpenTelemetry's conventions where it has some. */
export const stepAttributes = (span: StepSpan, runId: string, flow: string): readonly Attribute[] => {
  const { path, attempt, action, phase, result, completed } = span;
  return attributes({
    'cicd.pipeline.task.name': span.name,
    'cicd.pipeline.task.run.id': `${runId}/${path}/${attempt}`,
    'cicd.pipeline.task.run.result': result,
    'cicd.pipeline.task.type': 'test',
    'test.suite.name': flow,
    'test.case.name': path,
    'test.case.result.status': result === undefined || result === 'skip' ? undefined : caseStatus(result),
    'testmesh.step.action': action,
    'testmesh.step.phase': phase,
    'testmesh.step.attempt': attempt,
    'testmesh.step.checks': completed?.checks,
    'testmesh.exchange.summary': completed?.exchange?.summary,
    'error.type': result === 'error' ? (completed?.error?.code ?? 'lost') : undefined,
  });
};

const caseStatus = (result: Result): string => (result === 'success' ? 'pass' : 'fail');

/** What went wrong in it: expectations that did not hold, and the error. */
export const stepEvents = ({ completed }: StepSpan, at: number): readonly SpanEvent[] => {
  if (completed === undefined) return [];
  const time = { timeUnixNano: nanos(at) };
  const broken = completed.assertions.filter(({ passed }) => !passed);
  return [
    ...broken.map(({ expression, message }) => ({
      ...time,
      name: 'testmesh.assertion.failed',
      attributes: attributes({ 'testmesh.assertion.expression': expression, 'testmesh.assertion.message': message }),
    })),
    ...(completed.error === undefined
      ? []
      : [
          {
            ...time,
            name: 'exception',
            attributes: attributes({
              'exception.type': completed.error.code,
              'exception.message': completed.error.message,
            }),
          },
        ]),
  ];
};
