import { expect, test } from '@jest/globals';
import type { StepPath } from '@testmesh/domain';
import type { StepReport } from './run-report.ts';
import { outlineJson, stepOutlines } from './step-outline.ts';

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

test('moments are spelt as a Date spells them, whichever second was asked for before', () => {
  const moments = [0, 999_999, 1_000_000, 59_999_999, 60_000_000, 1_900_000_000_123_456, 999_999, 951_782_399_999_999];
  const times = new Map(moments.map((startedAt, at) => [`s${at}`, { startedAt }]));
  const outlines = stepOutlines(
    moments.map((_, at) => step(`s${at}`)),
    'r1',
    times,
  );
  expect(outlines.map(({ started_at }) => started_at)).toEqual(
    moments.map((micros) => new Date(Math.floor(micros / 1000)).toISOString()),
  );
});

test('what no database holds in a text is shown with a mark, and nothing else is touched', () => {
  const message = 'NUL \0, halves \ud800 and \udfff, a pair \u{1f600}, and spelt \\u0000 or \\ud800';
  const error = { message, place: undefined } as unknown as NonNullable<StepReport['error']>;
  const [outline] = JSON.parse(outlineJson(stepOutlines([step('a', { error })], 'r1', new Map())));
  expect(outline.error_message).toBe(
    'NUL \ufffd, halves \ufffd and \ufffd, a pair \u{1f600}, and spelt \\u0000 or \\ud800',
  );
});
