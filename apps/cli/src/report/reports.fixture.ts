import { ExactNumber, type Span, type StepPath } from '@testmesh/domain';
import type { FlowResult, RunReport, StepReport, SuiteResult } from '@testmesh/views';

// An invocation with a step of every kind.

export const span = (line: number): Span => ({
  file: 'flows/order.yaml',
  line,
  column: 11,
  endLine: line,
  endColumn: 24,
});

export const step = (id: string, over: Partial<StepReport> = {}): StepReport => ({
  path: id as StepPath,
  id,
  phase: 'steps',
  action: 'http_request',
  span: span(5),
  status: 'passed',
  excused: false,
  attempts: [{ status: 'passed', durationMs: 12.3456789, failures: [] }],
  durationMs: 12.3456789,
  assertions: [],
  checks: 1,
  captured: {},
  steps: [],
  ...over,
});

const failed = step('place_order', {
  status: 'failed',
  attempts: [{ status: 'failed', durationMs: 3, failures: ['body.total == 59.98'] }],
  assertions: [
    {
      expression: 'body.total == 59.98',
      group: 'all',
      passed: false,
      actual: new ExactNumber('9007199254740993'),
      expected: 59.98,
      message: '100% <wrong> & "odd"\u0001',
      values: [],
      span: span(10),
    },
  ],
  captured: { order_id: 'o-1' },
});

export const report: RunReport = {
  runId: '01a',
  name: 'Order: all, of it',
  file: 'flows/order.yaml',
  tags: [],
  seed: 's',
  status: 'finished',
  verdict: 'failed',
  durationMs: 40,
  teardown: { status: 'passed' },
  steps: [
    step('login', {
      attempts: [
        { status: 'failed', durationMs: 1, failures: ['status == 200'] },
        { status: 'passed', durationMs: 1, failures: [] },
      ],
    }),
    failed,
    step('never', { status: 'not run', attempts: [], checks: 0 }),
    step('unreachable', {
      status: 'error',
      error: { code: 'ECONNREFUSED', message: 'nothing listens at localhost:5001' },
    }),
    step('optional', { status: 'skipped', reason: 'when is false', attempts: [], phase: 'teardown' }),
  ],
  sources: {},
  outputs: {},
};

export const flow: FlowResult = {
  file: report.file,
  name: report.name,
  status: 'failed',
  report,
  diagnostics: [],
  text: '',
};
const notStarted: FlowResult = {
  file: 'b.yaml',
  name: 'b',
  status: 'skipped',
  reason: 'not started: --fail-fast',
  diagnostics: [],
  text: '',
};
export const suite: SuiteResult = { flows: [flow, notStarted], exitReason: 'failed', durationMs: 55 };
