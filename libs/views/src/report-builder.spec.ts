import { expect, test } from '@jest/globals';
import type { Phase, PlannedStep, RunEvent, StepCompleted, StepPath } from '@testmesh/domain';
import { foldRun, project, reportOf, runReport } from './index.ts';

const span = { file: 'flow.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 };
const identity = (path: string, action = 'http_request', phase: Phase = 'steps') => ({
  path: path as StepPath,
  id: path.split('/').at(-1) ?? path,
  phase,
  action,
  span,
});
const nestedIn = (parent: string | undefined) => (parent === undefined ? {} : { parent: parent as StepPath });

const requested: RunEvent = {
  type: 'RunRequested',
  flow: { name: 'orders', file: 'flow.yaml', hash: '0' },
  variables: {},
  tags: ['smoke'],
};
const planned = (...steps: PlannedStep[]): RunEvent => ({ type: 'RunStarted', seed: 's', constants: {}, plan: steps });
const started = (
  path: string,
  { action = 'http_request', parent = undefined as string | undefined, attempt = 1 } = {},
): RunEvent => ({
  type: 'StepStarted',
  ...identity(path, action),
  ...nestedIn(parent),
  attempt,
  effect: 'repeatable',
});
const ended = (path: string, more: Partial<StepCompleted> = {}): StepCompleted => ({
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
const completed = (more: Partial<Extract<RunEvent, { type: 'RunCompleted' }>> = {}): RunEvent => ({
  type: 'RunCompleted',
  verdict: 'passed',
  teardown: { status: 'none' },
  outputs: { id: 1 },
  durationMs: 12,
  ...more,
});

test('a run reads as its flow, its verdict and its steps in the order of the plan', () => {
  const report = foldRun('r1', [
    requested,
    planned(identity('login', 'http_request', 'setup'), identity('pay')),
    started('login'),
    ended('login', { captured: { token: '***' } }),
    started('pay'),
    ended('pay'),
    { type: 'SourceRecorded', file: 'flow.yaml', text: 'flow: {}' },
    completed({ reason: 'fine' }),
  ]);
  expect(report).toMatchObject({
    runId: 'r1',
    name: 'orders',
    file: 'flow.yaml',
    tags: ['smoke'],
    seed: 's',
    status: 'finished',
    verdict: 'passed',
    reason: 'fine',
    durationMs: 12,
    teardown: { status: 'none' },
    outputs: { id: 1 },
    sources: { 'flow.yaml': 'flow: {}' },
    steps: [
      { id: 'login', status: 'passed', captured: { token: '***' } },
      { id: 'pay', status: 'passed' },
    ],
  });
});

test('a step in flight is running, one to come is not run', () => {
  const { steps, status } = foldRun('r', [requested, planned(identity('a'), identity('b')), started('a')]);
  expect(status).toBe('running');
  expect(steps.map((step) => [step.id, step.status])).toEqual([
    ['a', 'running'],
    ['b', 'not run'],
  ]);
});

test('B4: a step that was never reached says what stood in the way', () => {
  const before = [requested, planned(identity('a'), identity('b'), identity('c')), started('a')];
  const failed = foldRun('r', [
    ...before,
    ended('a', { status: 'failed' }),
    completed({ verdict: 'failed', reason: 'a: x' }),
  ]);
  expect(failed.steps.map(({ reason }) => reason)).toEqual([undefined, 'a failed', 'a failed']);
  const cancelled = foldRun('r', [
    ...before,
    ended('a', { status: 'error' }),
    completed({ verdict: 'cancelled', reason: 'the run was cancelled at a' }),
  ]);
  expect(cancelled.steps[1]?.reason).toBe('the run was cancelled at a');
});

test('nested steps stand under theirs, in the order they ended', () => {
  const { steps } = foldRun('r', [
    requested,
    planned(identity('both', 'parallel')),
    started('both', { action: 'parallel' }),
    started('both/b/y', { parent: 'both' }),
    ended('both/b/y', nestedIn('both')),
    ended('both/a/x', nestedIn('both')),
    ended('both/a/x/on_error/z', nestedIn('both/a/x')),
    ended('both', { action: 'parallel' }),
  ]);
  expect(steps[0]?.steps.map(({ path, steps: inner }) => [path, inner.map((step) => step.path)])).toEqual([
    ['both/b/y', []],
    ['both/a/x', ['both/a/x/on_error/z']],
  ]);
});

test('B3: a step that is tried again shows the nested steps of its last attempt', () => {
  const round = (attempt: number, status: 'failed' | 'passed'): RunEvent[] => [
    started('if', { action: 'condition', attempt }),
    started('if/x', { parent: 'if' }),
    ended('if/x', { ...nestedIn('if'), status }),
  ];
  const { steps } = foldRun('r', [
    requested,
    planned(identity('if', 'condition')),
    ...round(1, 'failed'),
    ...round(2, 'passed'),
    ended('if', { action: 'condition' }),
  ]);
  expect(steps[0]?.steps.map(({ path, status }) => [path, status])).toEqual([['if/x', 'passed']]);
});

test('B3: of the rounds of a wait the last one is shown, of a loop all', () => {
  const nested = (action: string) => {
    const events = [requested, planned(identity('w', action)), started('w', { action })];
    for (const round of [0, 1, 2]) {
      for (const id of ['a', 'b']) events.push(ended(`w[${round}]/${id}`, nestedIn('w')));
    }
    return foldRun('r', events).steps[0]?.steps.map(({ path }) => path);
  };
  expect(nested('wait_until')).toEqual(['w[2]/a', 'w[2]/b']);
  expect(nested('for_each')).toHaveLength(6);
});

test('B2: an event is taken into the maps that are there, however many steps they hold', () => {
  const ids = Array.from({ length: 10_000 }, (_, at) => `s${at}`);
  const projection = runReport('r');
  let state = projection.initial;
  for (const event of [requested, planned(...ids.map((id) => identity(id)))]) {
    state = project(projection, state, event);
  }
  const { steps, nested } = state;
  for (const event of [...ids.flatMap((id) => [started(id), ended(id)]), completed()]) {
    state = project(projection, state, event);
    if (state.steps !== steps || state.nested !== nested) throw new Error(`${event.type} copied what is known`);
  }
  expect(reportOf(state).steps).toHaveLength(10_000);
});

test('a run says whether it waits, runs, is parked or has ended', () => {
  const projection = runReport('r');
  let state = projection.initial;
  const statusAfter = (event: RunEvent): string => {
    state = project(projection, state, event);
    return reportOf(state).status;
  };
  expect(statusAfter(requested)).toBe('queued');
  expect(statusAfter({ type: 'RunClaimed', executor: 'e1', attempt: 1 })).toBe('running');
  expect(statusAfter({ type: 'RunLeaseExpired', executor: 'e1' })).toBe('queued');
  expect(statusAfter({ type: 'RunParked', reason: 'too many', attempts: 3 })).toBe('parked');
  expect(statusAfter({ type: 'RunUnparked', by: 'ann' })).toBe('queued');
  expect(statusAfter(planned(identity('pay')))).toBe('running');
  expect(statusAfter(completed())).toBe('finished');
});

test('B5: a run that began anew shows nothing of its first attempt', () => {
  const plan = planned(identity('a'), identity('b'));
  const anew: RunEvent = { type: 'RunRestarted', reason: 'executor lost' };
  const source: RunEvent = { type: 'SourceRecorded', file: 'flow.yaml', text: 'flow: {}' };
  const report = foldRun('r', [
    requested,
    source,
    plan,
    started('a'),
    ended('a', { status: 'failed' }),
    anew,
    plan,
    ended('a'),
    ended('b'),
    completed(),
  ]);
  expect(report).toEqual(foldRun('r', [requested, source, plan, ended('a'), ended('b'), completed()]));
});
