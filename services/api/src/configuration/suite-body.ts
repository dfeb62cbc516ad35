import { MEMBER_STATUSES, type MemberOutcome, type MemberStatus } from '@testmesh/commands';
import { askedTestEnvironment, placementParts } from '@testmesh/contracts';
import type { Suite, SuiteContent, SuiteRun } from '@testmesh/store-postgres';
import * as z from 'zod';
import { waitingForPart } from '../runs/waiting-for.ts';
import {
  description,
  environmentToRunIn,
  givenVariables,
  instant,
  json,
  placementOf,
  tagList,
  thingName,
} from './wire.ts';

const part = z.strictObject({
  flow_id: z.guid(),
  order: z.int().min(0).max(100_000).default(0).describe('parts of a lower order are done first'),
  parallel: z.boolean().default(false).describe('runs beside its neighbours instead of after them'),
});

export const suiteRequest = z
  .strictObject({
    name: thingName,
    description,
    tags: tagList,
    flows: z.array(part).min(1, 'a suite has at least one flow').max(1000),
    test_environment: askedTestEnvironment.nullable().optional(),
  })
  .meta({ id: 'SuiteRequest' });
export type SuiteRequest = z.output<typeof suiteRequest>;

/** Where a body names a flow; the second place where it names it twice. */
export const pointerIn =
  ({ flows }: SuiteRequest) =>
  (flowId: string): string =>
    `/flows/${flows.findLastIndex(({ flow_id: id }) => id.toLowerCase() === flowId.toLowerCase())}/flow_id`;

export const suiteBody = z
  .object({
    id: z.guid(),
    workspace_id: z.guid(),
    name: z.string(),
    description: z.string(),
    tags: z.array(z.string()),
    flows: z.array(z.object({ flow_id: z.guid(), order: z.int(), parallel: z.boolean() })),
    test_environment: json.nullable().describe('what its runs say of their test environment'),
    version: z.int(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Suite' });

export const contentOf = ({
  flows,
  test_environment: testEnvironment = null,
  ...rest
}: SuiteRequest): SuiteContent => ({
  ...rest,
  testEnvironment,
  parts: flows.map(({ flow_id: flowId, order, parallel }) => ({ flowId, position: order, parallel })),
});

export const suiteOf = (workspace: string, suite: Suite) => ({
  id: suite.id,
  workspace_id: workspace,
  name: suite.name,
  description: suite.description,
  tags: suite.tags,
  flows: suite.parts.map(({ flowId, position, parallel }) => ({ flow_id: flowId, order: position, parallel })),
  test_environment: suite.testEnvironment ?? null,
  version: suite.version,
  created_at: suite.createdAt.toISOString(),
  updated_at: suite.updatedAt.toISOString(),
});

export const suiteRunRequest = z
  .strictObject({
    ...environmentToRunIn,
    variables: givenVariables,
    test_environment: askedTestEnvironment.optional(),
    ...placementParts,
  })
  .prefault({})
  .meta({ id: 'SuiteRunRequest' });

const memberStatus = z.enum(MEMBER_STATUSES);

export const suiteRunBody = z
  .object({
    id: z.guid(),
    suite_id: z.guid(),
    status: z.enum(['pending', 'running', 'completed', 'failed', 'cancelled']),
    trigger_type: z.string(),
    trigger_ref: z.string().nullable(),
    environment: z.string().nullable(),
    ...placementOf,
    requested_by: z.string(),
    created_at: instant,
    total_flows: z.int(),
    passed_flows: z.int(),
    failed_flows: z.int(),
    error: z.string().nullable().describe('why it failed, where no flow of it says so'),
    waiting_for: waitingForPart,
    executions: z.array(
      z.object({
        flow_id: z.guid(),
        execution_id: z.string().nullable().describe('null until the flows before it are done'),
        order: z.int(),
        parallel: z.boolean(),
        status: memberStatus,
        error: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'SuiteRun' });

export const suiteRunOf = (run: SuiteRun, outcomes: readonly MemberOutcome[]) => ({
  id: run.id,
  suite_id: run.suiteId,
  status: statusOf(outcomes),
  trigger_type: run.triggerKind,
  trigger_ref: run.triggerId,
  environment: run.environment,
  pool: run.pool,
  priority: run.priority,
  requested_by: run.requestedBy,
  created_at: run.createdAt.toISOString(),
  total_flows: outcomes.length,
  passed_flows: outcomes.filter(({ status }) => status === 'completed').length,
  failed_flows: outcomes.filter(({ status }) => status === 'failed').length,
  error: outcomes.length === 0 ? 'the suite has no flows' : null,
  executions: run.members.map(({ flowId, runId, position, parallel }, at) => ({
    flow_id: flowId,
    execution_id: runId,
    order: position,
    parallel,
    status: outcomes[at]?.status ?? 'waiting',
    error: outcomes[at]?.error ?? null,
  })),
});

const statusOf = (outcomes: readonly MemberOutcome[]): z.infer<typeof suiteRunBody>['status'] => {
  // Nothing was tested: that is no pass.
  if (outcomes.length === 0) return 'failed';
  const is = (...statuses: readonly MemberStatus[]) => outcomes.some(({ status }) => statuses.includes(status));
  if (is('running')) return 'running';
  if (is('waiting', 'pending')) return is('completed', 'failed', 'cancelled') ? 'running' : 'pending';
  if (is('failed')) return 'failed';
  return is('cancelled') ? 'cancelled' : 'completed';
};
