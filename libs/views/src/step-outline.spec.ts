import { expect, test } from '@jest/globals';
import type { StepPath } from '@testmesh/domain';
import type { StepReport } from './run-report.ts';
import { stepOutlines } from './step-outline.ts';

const step = (path: string, more: Partial<StepReport> = {}): StepReport => ({
  path: path as StepPath,
  id: path.split('/').at(-1) ?? path,
  phase: 'steps',
  action: 'http_request',
  span: { file: 'flow.yaml', line: 3, column: 7, endLine: 3, endColumn: 9 },
  status: 'passed',
  excused: false,
  attempts: [],
  durationMs: 5,
  assertions: [],
  checks: 0,
  captured: {},
  steps: [],
  ...more,
});

test('nested steps follow theirs and say within which they are, with their times where they are known', () => {
  const times = new Map([['loop[0]/check', { startedAt: 1_000_000, finishedAt: 2_500_000 }]]);
  const loop = step('loop', { action: 'for_each', steps: [step('loop[0]/check', { status: 'failed' })] });
  expect(stepOutlines([loop, step('after', { status: 'not run' })], 'r1', times)).toMatchObject([
    { id: 'loop', parent: null, status: 'completed', started_at: null },
    {
      ...{ id: 'loop[0]/check', step_id: 'check', parent: 'loop', status: 'failed', execution_id: 'r1' },
      ...{ started_at: '1970-01-01T00:00:01.000Z', finished_at: '1970-01-01T00:00:02.500Z' },
    },
    { id: 'after', parent: null, status: 'pending', state: 'not run' },
  ]);
});

test('a step of a plugin names it, another one has no such member', () => {
  const [greeting, request] = stepOutlines(
    [step('greet', { plugin: '@acme/greeter@1.4.0' }), step('ask')],
    'r1',
    new Map(),
  );
  expect(greeting?.plugin).toBe('@acme/greeter@1.4.0');
  expect(Object.keys(request ?? {})).not.toContain('plugin');
});
