import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Envelope, runSpanId, type StepPath, stepSpanId, traceIdOf } from '@testmesh/domain';
import { newRunId, systemClock } from '@testmesh/runtime';
import { memoryJournal } from '@testmesh/testing';
import { openTelemetry, type Telemetry } from './telemetry.ts';
import { type Collector, startCollector } from './tracing/collector.fixture.ts';

let collector: Collector;
let telemetry: Telemetry | undefined;
const warnings: string[] = [];
const VARIABLES = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_TRACES_SAMPLER'];
const log = { warn: (text: string) => void warnings.push(text) };

beforeEach(async () => {
  collector = await startCollector();
});

afterEach(async () => {
  await telemetry?.close();
  telemetry = undefined;
  warnings.length = 0;
  for (const name of VARIABLES) delete process.env[name];
  await collector[Symbol.asyncDispose]();
});

/** The SDK reads the process's own environment. */
const opened = async (variables: Readonly<Record<string, string>> = {}): Promise<Telemetry> => {
  Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...variables });
  const service = 'testmesh-executor';
  telemetry = await openTelemetry({ service, environment: process.env, clock: systemClock, log });
  return telemetry;
};

const SPAN = { file: 'f.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 };
const identity = { path: 'pay', id: 'pay', phase: 'steps', action: 'http_request', span: SPAN };
const attempts = [{ status: 'passed', durationMs: 1, failures: [] }];
const facts = (verdict: string): readonly (readonly [string, object])[] => [
  ['RunRequested', { flow: { name: 'orders', file: 'f.yaml', hash: '0' }, variables: {}, tags: [] }],
  ['RunClaimed', { executor: 'e1', attempt: 1 }],
  ['StepStarted', { ...identity, attempt: 1, effect: 'repeatable' }],
  [
    'StepCompleted',
    {
      ...identity,
      status: 'passed',
      excused: false,
      attempts,
      durationMs: 12,
      assertions: [],
      checks: 1,
      captured: {},
    },
  ],
  ['RunCompleted', { verdict, teardown: { status: 'none' }, outputs: {}, durationMs: 20 }],
];

/** Writes a whole run as its executor would; its id. */
const carry = async ({ journal: watch }: Telemetry, verdict: string): Promise<string> => {
  const runId = newRunId();
  const stream = `run-${runId}`;
  const journal = watch(memoryJournal());
  const events = facts(verdict).map(
    ([type, data], at) =>
      ({
        id: `${at}`,
        stream,
        type,
        sv: 1,
        workspace: 'w',
        epoch: 1,
        actor: 'e1',
        time: 1e15 + at * 1000,
        data,
      }) as unknown as Envelope,
  );
  expect(await journal.append(stream, 0, 1, events)).toMatchObject({ outcome: 'applied' });
  return runId;
};

test.each(['http/json', 'http/protobuf'])(
  'a run reaches a collector over %s with the ids it had sent',
  async (protocol) => {
    const service = await opened({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol });
    const runId = await carry(service, 'passed');
    await service.close();
    const trace = traceIdOf(runId);
    const root = runSpanId(trace);
    expect(collector.offences).toEqual([]);
    expect(collector.spans).toEqual([
      { service: 'testmesh-executor', traceId: trace, spanId: root, parentSpanId: '', name: 'RUN orders', links: 0 },
      expect.objectContaining({ traceId: trace, parentSpanId: root, name: 'pending' }),
      expect.objectContaining({
        traceId: trace,
        parentSpanId: root,
        name: 'pay',
        spanId: stepSpanId(trace, 'pay' as StepPath, 1),
      }),
    ]);
    telemetry = undefined;
  },
);

test('with sampling off a failed run is still exported, a passed one is not', async () => {
  const service = await opened({ OTEL_TRACES_SAMPLER: 'always_off', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
  await carry(service, 'passed');
  const failed = await carry(service, 'failed');
  await service.close();
  telemetry = undefined;
  expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([traceIdOf(failed)]));
});

test('a batch sent to the bus is one span, linked to its runs', async () => {
  const service = await opened({ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
  const sent: unknown[] = [];
  const bus = service.bus({
    publish: async (events) => void sent.push(...events),
    subscribe: () => Promise.reject(new Error('not asked for')),
    close: async () => undefined,
  });
  const event = { stream: `run-${newRunId()}` } as unknown as Parameters<typeof bus.publish>[0][number];
  await bus.publish([event, event, { ...event, stream: 'config-flow-1' }]);
  await service.close();
  telemetry = undefined;
  expect(sent).toHaveLength(3);
  expect(collector.spans).toMatchObject([{ name: 'send testmesh.journal.v1', parentSpanId: '', links: 1 }]);
});

test('a collector that is down costs traces and nothing else', async () => {
  const service = await opened();
  collector.answer = 400;
  await carry(service, 'passed');
  await service.close();
  telemetry = undefined;
  expect(collector.spans).toEqual([]);
  expect(warnings).toEqual(['the last traces could not be exported: Bad Request']);
});

test('without an exporter nothing is sent, and what happened is counted', async () => {
  telemetry = await openTelemetry({ service: 'x', environment: {}, clock: systemClock, log });
  await carry(telemetry, 'failed');
  const { text } = await telemetry.page();
  expect(text).toContain('testmesh_runs_ended_total{verdict="failed"} 1');
  expect(text).toContain('testmesh_events_appended_total 5');
  expect(text).toContain('testmesh_step_seconds_count{action="http_request",status="passed"} 1');
  expect(text).toContain('testmesh_append_seconds_count 1');
  expect(collector.spans).toEqual([]);
});

test('figures of the whole fleet are asked for when the metrics are read', async () => {
  telemetry = await openTelemetry({ service: 'x', environment: {}, clock: systemClock, log });
  telemetry.watchExecutor({ busy: () => 3 }, 8);
  const figures = {
    now: async () => ({
      pools: [{ pool: 'default', state: 'queued' as const, runs: 7, oldestMs: 1500 }],
      leaseLeftMs: -250,
      horizonAgeMs: 40,
    }),
    lagMs: async (cursor: string) => (cursor === '9:9' ? 2500 : 0),
  };
  const views = { cursor: async () => '9:9', parked: async () => new Map([['run-1', { ver: 3, error: 'bad' }]]) };
  const reader = { name: 'runs', cursor: () => views.cursor(), parked: async () => (await views.parked()).size };
  telemetry.watchJournal(figures, [reader]);
  const { text, contentType } = await telemetry.page();
  expect(contentType).toContain('text/plain');
  for (const line of [
    'testmesh_runs_carried 3',
    'testmesh_run_slots 8',
    'testmesh_queue_runs{pool="default",state="queued"} 7',
    'testmesh_queue_oldest_seconds{pool="default"} 1.5',
    'testmesh_lease_left_seconds -0.25',
    'testmesh_journal_horizon_age_seconds 0.04',
    'testmesh_journal_reader_lag_seconds{reader="runs"} 2.5',
    'testmesh_parked_streams{reader="runs"} 1',
  ]) {
    expect(text).toContain(line);
  }
});

test('refused appends and failing loops are counted, by what refused and what failed', async () => {
  telemetry = await openTelemetry({ service: 'x', environment: {}, clock: systemClock, log });
  const runId = await carry(telemetry, 'passed');
  const journal = telemetry.journal({
    ...memoryJournal(),
    appendMany: async () => [{ outcome: 'fenced', epoch: 9 }],
  });
  await journal.append(`run-${runId}`, 0, 1, []);
  const told: string[] = [];
  telemetry.faults(({ loop }) => void told.push(loop))({ loop: 'schedule 17', error: new Error('x') });
  const { text } = await telemetry.page();
  expect(text).toContain('testmesh_appends_refused_total{outcome="fenced"} 1');
  expect(text).toContain('testmesh_loop_faults_total{loop="schedule"} 1');
  expect(told).toEqual(['schedule 17']);
});
