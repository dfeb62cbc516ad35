import { expect, test } from '@jest/globals';
import { type RecordedEvent, traceIdOf } from '@testmesh/domain';
import type { OtlpSpan } from '@testmesh/views';
import { RunTracer, type RunTracerOptions } from './run-tracer.ts';

const RUN = '01900000-0000-7000-8000-00000000000f';
const STREAM = `run-${RUN}`;
const SPAN = { file: 'f.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 };

const event = (type: string, data: object, time: number): RecordedEvent =>
  ({ stream: STREAM, type, time, epoch: 1, data }) as unknown as RecordedEvent;
const identity = { path: 'pay', id: 'pay', phase: 'steps', action: 'http_request', span: SPAN };
const request = event(
  'RunRequested',
  { flow: { name: 'orders', file: 'f.yaml', hash: '0' }, variables: {}, tags: [] },
  0,
);
const claim = event('RunClaimed', { executor: 'e1', attempt: 1 }, 1000);
const started = event('StepStarted', { ...identity, attempt: 1, effect: 'repeatable' }, 2000);
const completed = event(
  'StepCompleted',
  {
    ...identity,
    status: 'passed',
    excused: false,
    attempts: [],
    durationMs: 1,
    assertions: [],
    checks: 1,
    captured: {},
  },
  3000,
);
const end = (verdict: string): RecordedEvent =>
  event('RunCompleted', { verdict, teardown: { status: 'none' }, outputs: {}, durationMs: 4 }, 4000);
const everything = (verdict: string): readonly RecordedEvent[] => [request, claim, started, completed, end(verdict)];

const world = (over: Partial<RunTracerOptions> = {}) => {
  const exported: OtlpSpan[] = [];
  const lost: string[] = [];
  let reads = 0;
  const tracer = new RunTracer({
    ratio: 1,
    failed: true,
    exportSpans: async (spans) => void exported.push(...spans),
    onLost: (why) => void lost.push(why),
    read: async function* () {
      reads += 1;
      yield* everything('failed');
    },
    ...over,
  });
  const append = (...events: readonly RecordedEvent[]) =>
    tracer.appended({ stream: STREAM, expectedVer: 0, epoch: 1, events });
  return { tracer, exported, lost, append, reads: () => reads };
};

const names = (spans: readonly OtlpSpan[]): readonly string[] => spans.map(({ name }) => name);
const WHOLE = ['RUN orders', 'pending', 'pay'];

test('T1: a chosen run is exported once it has ended, from what was seen of it', async () => {
  const { tracer, exported, append, reads } = world();
  tracer.begun(STREAM, [request, claim]);
  append(started, completed);
  await tracer.settled();
  expect(exported).toEqual([]);
  append(end('passed'));
  await tracer.settled();
  expect(names(exported)).toEqual(WHOLE);
  expect(exported.every(({ traceId }) => traceId === traceIdOf(RUN))).toBe(true);
  expect(reads()).toBe(0);
});

test('T2: a run that was not chosen is exported when it failed, read again from the journal', async () => {
  const { tracer, exported, append, reads } = world({ ratio: 0 });
  tracer.begun(STREAM, [request, claim]);
  append(started, completed, end('failed'));
  await tracer.settled();
  expect(names(exported)).toEqual(WHOLE);
  expect(reads()).toBe(1);
});

test('T2: a run that was not chosen and passed is not exported; neither is a failed one that nobody asked for', async () => {
  const passed = world({ ratio: 0 });
  passed.append(end('passed'));
  const failed = world({ ratio: 0, failed: false });
  failed.append(end('failed'));
  await Promise.all([passed.tracer.settled(), failed.tracer.settled()]);
  expect([passed.exported, failed.exported]).toEqual([[], []]);
});

test('T3: of a long run nothing is kept; it is read again at its end', async () => {
  const { tracer, exported, append, reads } = world();
  tracer.begun(STREAM, [request, claim]);
  for (let step = 0; step < 1100; step++) append(started, completed);
  append(end('passed'));
  await tracer.settled();
  expect(reads()).toBe(1);
  expect(names(exported)).toEqual(WHOLE);
});

test('T4: what cannot be read or exported is counted, and the next one is exported', async () => {
  let isDown = true;
  const { tracer, lost, append } = world({
    exportSpans: async () => {
      if (isDown) throw new Error('down');
    },
  });
  append(end('failed'));
  await tracer.settled();
  isDown = false;
  append(end('failed'));
  await tracer.settled();
  expect(lost).toEqual(['not exported']);
});

test('streams that are no runs are none of its business', async () => {
  const { tracer, exported } = world();
  tracer.begun('config-flow-1', []);
  tracer.appended({ stream: 'config-flow-1', expectedVer: 0, epoch: 0, events: [event('FlowChanged', {}, 0)] });
  await tracer.settled();
  expect(exported).toEqual([]);
});
