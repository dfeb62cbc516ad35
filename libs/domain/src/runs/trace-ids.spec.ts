import { expect, test } from '@jest/globals';
import type { Envelope } from './envelope.ts';
import type { StepPath } from './run-event.ts';
import { runSpanId, stepSpanId, traceIdOf, traceparentOf } from './trace-ids.ts';

const RUN = '0190a000-0000-7000-8000-000000000001';

test('a run is the trace that bears its id', () => {
  expect(traceIdOf(RUN)).toBe('0190a000000070008000000000000001');
  expect(traceIdOf('local')).toMatch(/^[0-9a-f]{32}$/);
  expect(traceIdOf('00000000-0000-0000-0000-000000000000')).not.toBe('0'.repeat(32));
});

test('ten thousand spans of a run have ids of their own, the same ones each time', () => {
  const trace = traceIdOf(RUN);
  const paths = Array.from({ length: 5000 }, (_, at) => `loop[${at}]/check` as StepPath);
  const draw = () => paths.flatMap((path) => [1, 2].map((attempt) => stepSpanId(trace, path, attempt)));
  const ids = [...draw(), runSpanId(trace)];
  expect(new Set(ids).size).toBe(10_001);
  expect(ids.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
  expect(draw()).toEqual(ids.slice(0, -1));
});

test('an event has the trace context of the attempt it tells of, else of its run', () => {
  const trace = traceIdOf(RUN);
  const of = (type: string, data: object, over: object = {}) =>
    traceparentOf({ stream: `run-${RUN}`, type, data, ...over } as unknown as Envelope);
  const pay = 'pay' as StepPath;
  expect(of('StepStarted', { path: pay, attempt: 2 })).toBe(`00-${trace}-${stepSpanId(trace, pay, 2)}-01`);
  expect(of('StepCompleted', { path: pay, attempts: [{}, {}] })).toBe(`00-${trace}-${stepSpanId(trace, pay, 2)}-01`);
  for (const [type, data] of [
    ['RunStarted', {}],
    ['StepCompleted', { path: pay, attempts: [] }],
  ] as const) {
    expect(of(type, data)).toBe(`00-${trace}-${runSpanId(trace)}-01`);
  }
  expect(of('RunStarted', {}, { tp: '00-given' })).toBe('00-given');
  expect(of('FlowChanged', {}, { stream: 'config-flow-1' })).toBeUndefined();
});
