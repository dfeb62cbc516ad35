import { expect, test } from '@jest/globals';
import type { StepCompleted, StepPath } from '@testmesh/domain';
import { outcomesOnly } from './outcomes-only.ts';

const ended = (status: 'passed' | 'failed'): StepCompleted => ({
  type: 'StepCompleted',
  path: 'ask' as StepPath,
  id: 'ask',
  phase: 'steps',
  action: 'http_request',
  span: { file: 'a.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 },
  status,
  excused: false,
  attempts: [],
  durationMs: 1,
  assertions: [],
  checks: 1,
  captured: {},
  output: { body: 'long' },
  exchange: { kind: 'http', summary: 'GET / → 200', response: { body: 'long' }, curl: 'curl /' },
});

test('of a step that passed the outcome and one line remain', () => {
  const kept = outcomesOnly(ended('passed'));
  expect(kept).toMatchObject({ status: 'passed', checks: 1, exchange: { kind: 'http', summary: 'GET / → 200' } });
  expect(JSON.stringify(kept)).not.toContain('long');
});

test('what a failed step shows is kept whole', () => {
  const failed = ended('failed');
  expect(outcomesOnly(failed)).toBe(failed);
});
