import { expect, test } from '@jest/globals';
import type { MemberStatus } from '@testmesh/commands';
import type { SuiteRun } from '@testmesh/store-postgres';
import { suiteRequest, suiteRunOf } from './suite-body.ts';

const RUN: SuiteRun = {
  id: '0190a000-0000-7000-8000-000000000001',
  workspace: 'w',
  suiteId: '0190a000-0000-7000-8000-000000000002',
  environment: null,
  confirmedEnvironment: null,
  pool: 'default',
  priority: 0,
  variables: {},
  secretNames: [],
  triggerKind: 'api',
  triggerId: null,
  requestedBy: 'key:x',
  createdAt: new Date(0),
  members: [],
};
const statusOf = (...statuses: readonly MemberStatus[]) =>
  suiteRunOf(
    RUN,
    statuses.map((status) => ({ status, error: null })),
  ).status;

test('a run of a suite without flows has failed, and says why', () => {
  expect(suiteRunOf(RUN, [])).toMatchObject({ status: 'failed', total_flows: 0, error: 'the suite has no flows' });
});

test.each([
  [['completed', 'completed'], 'completed'],
  [['completed', 'failed'], 'failed'],
  [['cancelled', 'completed'], 'cancelled'],
  [['failed', 'cancelled'], 'failed'],
  [['failed', 'waiting'], 'running'],
  [['waiting', 'pending'], 'pending'],
] as const)('parts that are %j make a run that is %s', (parts, status) => {
  expect(statusOf(...parts)).toBe(status);
});

test('a suite is not kept without flows', () => {
  expect(suiteRequest.safeParse({ name: 'empty', flows: [] }).success).toBe(false);
  expect(suiteRequest.safeParse({ name: 'none' }).success).toBe(false);
});
