import { checkRun, detailOf, requestRun, runRequest } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import { runEventOf } from '@testmesh/domain';
import type { CancelOutcome } from '@testmesh/ports';
import { foldRun } from '@testmesh/views';
import * as z from 'zod';
import { afterCursor, cursorOf } from '../http/cursor.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import type { RunFilter } from '../ports.ts';
import type { RunDeps } from './deps.ts';
import { demandOwnFlow, OWN_FLOW } from './own-flow.ts';
import { currentRow, demandRun, readHistory } from './run-history.ts';
import { waitingFor } from './waiting-for.ts';
import { execution, executionOf, filterOf, runVerdicts, statusFilter } from './wire.ts';

const tags = ['Executions'];
export const runParams = z.strictObject({ id: z.guid({ error: 'must be a UUID' }) });

const warning = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  message: z.string(),
  file: z.string(),
  line: z.int(),
  column: z.int(),
  suggestion: z.string().optional(),
  help: z.string().optional(),
});

const requested = execution.extend({ warnings: z.array(warning) }).meta({ id: 'RequestedExecution' });

export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  description:
    'the same key and body answer with the same execution, whatever became of the first answer; kept for 24 hours',
} as const;

/** The key of a request that may be sent twice. */
export const idempotencyKey = (headers: Readonly<Record<string, string | undefined>>): string | undefined => {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new Problem('invalid-request', 'Idempotency-Key has 1 to 255 visible ASCII characters');
};

const create = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/executions',
    operationId: 'createExecution',
    summary: 'Run a flow',
    description: `The flow is checked as \`testmesh validate\` does; an invalid one is refused with every diagnostic. ${OWN_FLOW}`,
    tags,
    permission: 'flows:run',
    headers: [IDEMPOTENCY_KEY],
    body: runRequest,
    example: { definition: 'flow:\n  name: hello\n  steps:\n    - action: log\n      config: { message: hello }\n' },
    responses: { 201: requested },
    handle: async ({ body, caller, headers, signal }) => {
      demandOwnFlow(caller, body);
      const trigger = { kind: 'api' as const };
      const origin = { caller, trigger, idempotencyKey: idempotencyKey(headers), signal };
      const { runId, checked } = await requestRun(deps, body, origin);
      const { row } = await readHistory(deps, caller.workspace, runId);
      return {
        status: 201,
        headers: { location: `/api/v1/executions/${runId}` },
        body: {
          ...executionOf(row),
          waiting_for: await waitingFor(deps, row),
          warnings: checked.warnings.map(detailOf),
        },
      };
    },
  });

const check = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/executions/check',
    operationId: 'checkExecution',
    summary: 'Check what would be run',
    description: `Takes what \`createExecution\` takes and answers as it would, but runs and keeps nothing. ${OWN_FLOW}`,
    tags,
    permission: 'runs:view',
    body: runRequest,
    responses: {
      200: z.object({ flow_name: z.string(), warnings: z.array(warning) }).meta({ id: 'CheckedExecution' }),
    },
    handle: async ({ body, caller }) => {
      demandOwnFlow(caller, body);
      const { checked } = await checkRun(deps, body, caller.workspace);
      return { status: 200, body: { flow_name: checked.flow.name, warnings: checked.warnings.map(detailOf) } };
    },
  });

const listQuery = z.strictObject({
  flow_id: z.guid().optional(),
  status: statusFilter.optional(),
  verdict: z.enum(runVerdicts).optional(),
  environment: z.string().optional(),
  tag: z.string().max(100).optional(),
  trigger_type: execution.shape.trigger_type.optional(),
  error_code: z.string().max(100).optional(),
  since: z.iso.datetime({ offset: true }).optional().describe('asked for at or after'),
  until: z.iso.datetime({ offset: true }).optional().describe('asked for before'),
  q: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('words, or how they begin, all of them in flow, file, steps or errors'),
  limit: z.coerce.number().int().min(1).max(200).default(20),
  offset: z.coerce.number().int().min(0).max(100_000).default(0),
  cursor: z.string().max(500).optional().describe('`next_cursor` of the page before; instead of `offset`'),
});

const runFilter = (query: z.output<typeof listQuery>): RunFilter => {
  const {
    flow_id: flowId,
    status,
    verdict,
    environment,
    tag,
    trigger_type: triggerKind,
    error_code: errorCode,
  } = query;
  const words = filterOf(status);
  return {
    ...words,
    ...(verdict !== undefined && { verdicts: (words.verdicts ?? [verdict]).filter((known) => known === verdict) }),
    ...(flowId !== undefined && { flowId }),
    ...(environment !== undefined && { environment }),
    ...(tag !== undefined && { tag }),
    ...(triggerKind !== undefined && { triggerKind }),
    ...(errorCode !== undefined && { errorCode }),
    ...(query.since !== undefined && { since: Date.parse(query.since) * 1000 }),
    ...(query.until !== undefined && { until: Date.parse(query.until) * 1000 }),
    ...(query.q !== undefined && { text: query.q }),
  };
};

const list = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/executions',
    operationId: 'listExecutions',
    summary: 'List runs, newest first',
    tags,
    permission: 'runs:view',
    query: listQuery,
    responses: {
      200: z.object({
        executions: z.array(execution),
        total: z.int().describe('counted up to 10,000'),
        total_is_exact: z.boolean().describe('false when there are more than `total`'),
        limit: z.int(),
        offset: z.int(),
        next_cursor: z.string().nullable(),
      }),
    },
    handle: async ({ query, caller }) => {
      const { limit, offset, cursor } = query;
      const filter = runFilter(query);
      const after = afterCursor(cursor, filter);
      const place = after === undefined ? { offset } : { after };
      const { rows, total, isTotalExact, more } = await deps.runs.list(caller.workspace, filter, { limit, ...place });
      const last = rows.at(-1);
      return {
        status: 200,
        body: {
          executions: rows.map(executionOf),
          total,
          total_is_exact: isTotalExact,
          limit,
          offset,
          next_cursor: more && last !== undefined ? cursorOf(last.runId, filter) : null,
        },
      };
    },
  });

const get = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/executions/:id',
    operationId: 'getExecution',
    summary: 'A run as it is now',
    tags,
    permission: 'runs:view',
    params: runParams,
    responses: { 200: execution },
    handle: async ({ params, caller }) => {
      const row = await currentRow(deps, caller.workspace, params.id);
      const body = { ...executionOf(row), waiting_for: await waitingFor(deps, row) };
      return { status: 200, headers: { etag: `"${row.ver}"` }, body };
    },
  });

/** What a cancellation came to; `finished` and `absent` are refused. */
const CANCELLED: Readonly<Record<CancelOutcome, 200 | 202 | undefined>> = {
  cancelled: 200,
  requested: 202,
  finished: undefined,
  absent: undefined,
};

const cancel = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/executions/:id/cancel',
    operationId: 'cancelExecution',
    summary: 'Cancel a run',
    description:
      'A run that nobody carries out ends at once (200); of one that is running the executor is told (202): it carries out the teardown and ends it.',
    tags,
    permission: 'flows:run',
    params: runParams,
    responses: { 200: execution, 202: execution },
    handle: async ({ params, caller }) => {
      await demandRun(deps, caller.workspace, params.id);
      const status = CANCELLED[await deps.queue.cancel(params.id, caller.actor)];
      if (status === undefined) throw new Problem('conflict', `the execution ${params.id} is finished already`);
      const { row } = await readHistory(deps, caller.workspace, params.id);
      return { status, body: executionOf(row) };
    },
  });

const unpark = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/executions/:id/unpark',
    operationId: 'unparkExecution',
    summary: 'Let a parked run go on',
    description: 'A run that lost its executor too often is parked until somebody has looked at it.',
    tags,
    permission: 'flows:run',
    params: runParams,
    responses: { 200: execution },
    handle: async ({ params, caller }) => {
      await demandRun(deps, caller.workspace, params.id);
      const done = await deps.queue.unpark(params.id, caller.actor);
      if (!done) throw new Problem('conflict', `the execution ${params.id} is not parked`);
      const { row } = await readHistory(deps, caller.workspace, params.id);
      return { status: 200, body: executionOf(row) };
    },
  });

const state = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/executions/:id/state',
    operationId: 'getExecutionState',
    summary: 'The run as it was after its first events',
    tags,
    permission: 'runs:view',
    params: runParams,
    query: z.strictObject({
      at: z.coerce.number().int().min(1).optional().describe('a `seq`; now, when it is left out'),
    }),
    responses: {
      200: z.object({ at: z.int(), execution, report: z.looseObject({ runId: z.string() }) }),
    },
    handle: async ({ params, query, caller }) => {
      const { row, events, runId } = await readHistory(deps, caller.workspace, params.id, query.at);
      if (query.at !== undefined && query.at > row.ver) throw noSuchEvent(runId, row.ver, query.at);
      const report = foldRun(runId, events.map(runEventOf));
      return { status: 200, body: { at: row.ver, execution: executionOf(row), report } };
    },
  });

const noSuchEvent = (runId: string, last: number, at: number): Problem =>
  new Problem('not-found', `the execution ${runId} has ${last} events so far: there is no seq ${at}`, {
    errors: [{ pointer: '?at', message: `is at most ${last}` }],
  });

/** Asking for runs, and what one run is. */
export const runRoutes = (deps: RunDeps): readonly Route[] => [
  check(deps),
  create(deps),
  list(deps),
  get(deps),
  cancel(deps),
  unpark(deps),
  state(deps),
];
