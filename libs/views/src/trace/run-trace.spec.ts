import { expect, test } from '@jest/globals';
import {
  dataOf,
  type RecordedEvent,
  type RunEvent,
  runSpanId,
  type StepCompleted,
  type StepPath,
  stepSpanId,
  traceIdOf,
} from '@testmesh/domain';
import type { OtlpSpan } from './otlp.ts';
import { foldTrace } from './run-trace.ts';

const RUN = '0190a000-0000-7000-8000-000000000001';
const TRACE = traceIdOf(RUN);
const span = { file: 'flow.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 };
const identity = (path: string) => ({
  path: path as StepPath,
  id: path,
  phase: 'steps' as const,
  action: 'http_request',
  span,
});
const requested: RunEvent = {
  type: 'RunRequested',
  flow: { name: 'orders', file: 'flow.yaml', hash: '0' },
  environment: 'staging',
  variables: {},
  tags: [],
};
const claimed = (attempt = 1): RunEvent => ({ type: 'RunClaimed', executor: `e${attempt}`, attempt });
const started = (path: string, attempt = 1, parent?: string): RunEvent => ({
  type: 'StepStarted',
  ...identity(path),
  ...(parent !== undefined && { parent: parent as StepPath }),
  attempt,
  effect: 'repeatable',
});
const ended = (path: string, more: Partial<StepCompleted> = {}): RunEvent => ({
  type: 'StepCompleted',
  ...identity(path),
  status: 'passed',
  excused: false,
  attempts: [{ status: 'passed', durationMs: 1, failures: [] }],
  durationMs: 1,
  assertions: [],
  checks: 1,
  captured: {},
  ...more,
});
const completed: RunEvent = {
  type: 'RunCompleted',
  verdict: 'failed',
  reason: 'pay: status == 201 does not hold',
  teardown: { status: 'none' },
  outputs: {},
  durationMs: 12,
};

/** One event each 100 ms. */
const trace = (...events: readonly RunEvent[]): readonly OtlpSpan[] => {
  const recorded = events.map((event, index) => ({
    type: event.type,
    sv: 1,
    data: dataOf(event),
    time: index * 100_000,
  }));
  return foldTrace(RUN, recorded as unknown as RecordedEvent[]).resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
};
const ms = (text: string): number => Number(BigInt(text) / 1_000_000n);
const shown = ({ name, startTimeUnixNano, endTimeUnixNano }: OtlpSpan): string =>
  `${name} ${ms(startTimeUnixNano)}-${ms(endTimeUnixNano)}`;
const attribute = ({ attributes }: OtlpSpan, key: string): unknown =>
  Object.values(attributes.find((one) => one.key === key)?.value ?? {})[0];

test('T1: a run is one trace: the whole, its wait, and a span for each attempt at a step', () => {
  const failed = { status: 'failed' as const, durationMs: 40, failures: ['status == 201'] };
  const spans = trace(
    requested,
    claimed(),
    started('pay'),
    started('pay', 2),
    ended('pay', { status: 'failed', attempts: [failed, { ...failed, durationMs: 100 }], reason: 'no' }),
    completed,
  );
  expect(spans.map(shown)).toEqual(['RUN orders 0-500', 'pending 0-100', 'pay 200-240', 'pay 300-400']);
  expect(spans.every(({ traceId }) => traceId === TRACE)).toBe(true);
  const [root, ...rest] = spans;
  expect(root?.status).toEqual({ code: 2, message: 'pay: status == 201 does not hold' });
  expect(root && attribute(root, 'cicd.pipeline.result')).toBe('failure');
  expect(rest.every(({ parentSpanId }) => parentSpanId === runSpanId(TRACE))).toBe(true);
  expect(rest.slice(1).map(({ status }) => status)).toEqual([
    { code: 2, message: 'status == 201' },
    { code: 2, message: 'status == 201' },
  ]);
});

test('T2: spans have the ids that the run sent along, and stand below the step they belong to', () => {
  const spans = trace(requested, claimed(), started('loop'), started('loop[0]/call', 1, 'loop'), ended('loop[0]/call'));
  const [, , loop, call] = spans;
  expect(loop?.spanId).toBe(stepSpanId(TRACE, 'loop' as StepPath, 1));
  expect(call?.parentSpanId).toBe(loop?.spanId);
  expect(loop && shown(loop)).toBe('loop 200-400');
  expect(loop?.status).toEqual({ code: 0 });
});

test('T3: an attempt that was lost with its executor is told apart from the one that repeats it', () => {
  const expired: RunEvent = { type: 'RunLeaseExpired', executor: 'e1' };
  const spans = trace(requested, claimed(), started('pay'), expired, claimed(2), started('pay'), ended('pay'));
  const [lost, again] = spans.filter(({ name }) => name === 'pay');
  expect(again?.spanId).toBe(stepSpanId(TRACE, 'pay' as StepPath, 1));
  expect(lost?.spanId).not.toBe(again?.spanId);
  expect(again?.links).toMatchObject([{ traceId: TRACE, spanId: lost?.spanId }]);
  expect(lost?.status.message).toContain('executor was lost');
  expect(spans.filter(({ name }) => name === 'pending').map(shown)).toEqual(['pending 0-100', 'pending 300-400']);
});

test('what failed stands in the span of its step', () => {
  const error = { code: 'ECONNREFUSED', message: 'nothing listens' };
  const assertion = { expression: 'a == 1', group: 'all' as const, passed: false, message: 'got 2', values: [] };
  const [, , step] = trace(
    requested,
    claimed(),
    started('pay'),
    ended('pay', { status: 'error', error, assertions: [assertion] }),
  );
  expect(step?.events.map(({ name }) => name)).toEqual(['testmesh.assertion.failed', 'exception']);
  expect(step && attribute(step, 'error.type')).toBe('ECONNREFUSED');
  expect(step?.status).toEqual({ code: 2, message: 'nothing listens' });
});

test('a step that was skipped takes no time and is neither good nor bad', () => {
  const [, , step] = trace(
    requested,
    claimed(),
    ended('pay', { status: 'skipped', attempts: [], reason: 'when is false' }),
  );
  expect(step && [shown(step), step.status.code, attribute(step, 'cicd.pipeline.task.run.result')]).toEqual([
    'pay 200-200',
    0,
    'skip',
  ]);
});

test('a writer whose clock is behind does not make time run backwards', () => {
  const events = [requested, claimed(), started('pay'), ended('pay'), completed];
  const times = [500, 100, 90, 80, 700];
  const recorded = events.map((event, at) => ({
    type: event.type,
    data: dataOf(event),
    time: (times[at] ?? 0) * 1000,
  }));
  const { spans } = foldTrace(RUN, recorded as unknown as RecordedEvent[]).resourceSpans[0]?.scopeSpans[0] ?? {
    spans: [],
  };
  expect(spans.map(shown)).toEqual(['RUN orders 500-700', 'pending 500-500', 'pay 500-500']);
});
