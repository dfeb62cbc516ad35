import type { CoverageStore, CoveringFlow } from '@testmesh/store-postgres';
import * as z from 'zod';
import { instant, limit, offset } from '../configuration/wire.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import { isoTime } from '../runs/wire.ts';

// What flows touch, read from what the projector keeps of the last run of each.

export interface CoverageDeps {
  readonly coverage: CoverageStore;
}

const coveringFlow = z
  .object({
    flow_id: z.string().nullable().describe('null for a flow that was brought along'),
    flow_name: z.string(),
    action: z.string().describe('of the step that reached for it'),
    last_execution_id: z.string(),
    last_verdict: z.string(),
    last_at: instant,
  })
  .meta({ id: 'CoveringFlow' });

const coverageBody = z
  .object({
    targets: z.array(
      z
        .object({
          kind: z.enum(['endpoint', 'topic', 'table']),
          system: z.string().describe('the service, by its address where no name is known; the database of a table'),
          name: z.string().describe('`POST /orders/{id}`, `orders.created`, `public.orders`'),
          flows: z.array(coveringFlow),
        })
        .meta({ id: 'CoveredTarget' }),
    ),
    total: z.int(),
    limit: z.int(),
    offset: z.int(),
  })
  .meta({ id: 'Coverage' });

const flowOf = ({ flowId, flowName, action, lastRunId, lastVerdict, lastAt }: CoveringFlow) => ({
  flow_id: flowId,
  flow_name: flowName,
  action,
  last_execution_id: lastRunId,
  last_verdict: lastVerdict,
  last_at: isoTime(lastAt),
});

const coverage = ({ coverage: store }: CoverageDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/analytics/coverage',
    operationId: 'listCoverage',
    summary: 'Which flows touch which endpoints, topics and tables',
    description:
      'By what the steps of each flow reached for, with the last run in which they did. Ids in paths are not told apart. Flows that were deleted cover nothing.',
    tags: ['Analytics'],
    permission: 'runs:view',
    query: z.strictObject({
      kind: z.enum(['endpoint', 'topic', 'table']).optional(),
      system: z.string().max(200).optional(),
      flow_id: z.guid().optional(),
      q: z.string().max(200).optional().describe('anywhere in the name'),
      limit: limit(20),
      offset,
    }),
    responses: { 200: coverageBody },
    handle: async ({ query: { flow_id: flowId, q: search, ...query }, caller: { workspace } }) => {
      const { items, total } = await store.targets(workspace, { ...query, flowId, search });
      const targets = items.map(({ flows, ...target }) => ({ ...target, flows: flows.map(flowOf) }));
      return { status: 200, body: { targets, total, limit: query.limit, offset: query.offset } };
    },
  });

export const coverageRoutes = (deps: CoverageDeps): readonly Route[] => [coverage(deps)];
