import { expect, test } from '@jest/globals';
import { reportSchema } from '@testmesh/contracts';
import type { RunEvent } from '@testmesh/domain';
import {
  exitReasonOf,
  type FlowResult,
  foldRun,
  htmlText,
  jsonText,
  suiteOfRun,
  testEnvironmentText,
} from './index.ts';

const requested: RunEvent = {
  ...{ type: 'RunRequested', flow: { name: 'orders', file: 'orders.yaml', hash: '0' }, variables: {}, tags: [] },
};
const started: RunEvent = { type: 'RunStarted', seed: 's', constants: {}, plan: [] };
const awaited: RunEvent = { type: 'EnvironmentAwaited', context: 'pr-1', environment: 'e1', status: 'provisioning' };
const entered: RunEvent = {
  ...{ type: 'EnvironmentEntered', environment: 'e1', name: 'PR 1', context: 'pr-1', namespace: 'review-pr-1' },
  ...{ epoch: 1, reused: false, waitedMs: 61_000 },
  routes: [
    { service: 'orders', url: 'http://orders.review-pr-1/<b>', where: 'namespace' },
    { service: 'users', url: 'http://users.staging', where: 'base' },
  ],
};
const completed = (over: object = {}): RunEvent => ({
  ...{ type: 'RunCompleted', verdict: 'passed', teardown: { status: 'none' }, outputs: {}, durationMs: 1 },
  ...over,
});

test('a report says what a run waits for, and then where it is', () => {
  expect(foldRun('r', [requested, started, awaited]).testEnvironment).toEqual({
    ...{ id: 'e1', context: 'pr-1', waitsFor: 'provisioning' },
  });
  expect(foldRun('r', [requested, started, awaited, entered]).testEnvironment).toMatchObject({
    ...{ id: 'e1', namespace: 'review-pr-1', reused: false, routes: [{ service: 'orders' }, { service: 'users' }] },
  });
  const again: RunEvent = { type: 'RunRestarted', reason: 'executor lost' };
  expect(foldRun('r', [requested, started, entered, again]).testEnvironment).toBeUndefined();
});

test('the JSON report and the page say which service was reached where', () => {
  const suite = suiteOfRun(foldRun('r', [requested, started, entered, completed()]));
  const [flow] = reportSchema.parse(JSON.parse(jsonText(suite))).flows;
  expect(flow?.testEnvironment).toEqual({
    ...{ id: 'e1', context: 'pr-1', name: 'PR 1', namespace: 'review-pr-1', reused: false, waitedMs: 61_000 },
    services: [
      { name: 'orders', url: 'http://orders.review-pr-1/<b>', where: 'namespace' },
      { name: 'users', url: 'http://users.staging', where: 'base' },
    ],
  });
  const page = htmlText(suite);
  expect(page).toContain('pr-1 in the namespace review-pr-1, ready after');
  expect(page).toContain('<td>orders</td><td>http://orders.review-pr-1/&lt;b&gt;</td><td>in the namespace</td>');
  expect(page).toContain('<td>users</td><td>http://users.staging</td><td>beside it</td>');
});

test('a run that got no environment lacked infrastructure; one that lost it after it had checked something failed', () => {
  const reasonOf = (...events: readonly RunEvent[]) => {
    const [flow] = suiteOfRun(foldRun('r', [requested, started, ...events])).flows;
    return exitReasonOf(flow as FlowResult);
  };
  const error = (code: string) => completed({ verdict: 'error', error: { code, message: 'no' } });
  for (const code of ['TM5090', 'TM5091', 'TM5092', 'TM5093', 'TM5094', 'TM5095'])
    expect(reasonOf(error(code))).toBe('infrastructure');
  expect(reasonOf(error('TM5020'))).toBe('failed');
});

test('what happens to an environment is told in sentences', () => {
  const text = (attempt: number) => testEnvironmentText({ type: 'ProvisioningStarted', attempt, deadline: 0, at: 0 });
  expect([1, 2, 7].map(text)).toEqual([
    ...['provisioning began', 'provisioning began again, for the second time'],
    'provisioning began again, for the 7th time',
  ]);
  expect(
    testEnvironmentText({ type: 'TestEnvironmentReleased', run: 'r1', epoch: 1, reason: 'the run has ended', at: 0 }),
  ).toBe('the run r1 uses it no more: the run has ended');
});
