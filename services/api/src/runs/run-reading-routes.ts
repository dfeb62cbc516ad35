import { streamOf } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import { runEventOf } from '@testmesh/domain';
import { audit } from '@testmesh/runtime';
import { foldRun } from '@testmesh/views';
import * as z from 'zod';
import { brokenEvent, chainOf } from '../http/chain-body.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import type { RunDeps } from './deps.ts';
import { logLines } from './log-lines.ts';
import { diffRuns } from './run-diff.ts';
import { runEnvironmentBody, runEnvironmentOf } from './run-environment.ts';
import { demandRun, type RunHistory, readHistory } from './run-history.ts';
import { runParams } from './run-routes.ts';
import { outlineOfRun, stepsBodyOfRun, stepsOfRun } from './run-steps.ts';
import { ALL_STEPS } from './stored-steps.ts';
import { eventBody, eventOf, execution, executionOf, stepBody, stepOutlineBody } from './wire.ts';

// What can be read of one run: folded from its events, or as it was folded when it ended.

const tags = ['Executions'];
const permission = 'runs:view' as const;

const reportOf = ({ runId, events }: RunHistory) => foldRun(runId, events.map(runEventOf));

const steps = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/executions/:id/steps',
    operationId: 'listExecutionSteps',
    summary: 'The steps of a run, those within others included',
    tags,
    permission,
    params: runParams,
    query: z.object({
      limit: z.coerce.number().int().min(1).max(100_000).optional().describe('all of them unless told'),
      offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
    }),
    responses: { 200: z.object({ steps: z.array(stepBody), total: z.int().describe('of the run, shown or not') }) },
    handle: async ({ params, query: { limit = ALL_STEPS.limit, offset }, caller }) => ({
      status: 200,
      bytes: await stepsBodyOfRun(deps, { workspace: caller.workspace, runId: params.id }, { limit, offset }),
      headers: { 'content-type': 'application/json; charset=utf-8' },
    }),
  });

const environment = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/executions/:id/test-environment',
    operationId: 'getExecutionTestEnvironment',
    summary: 'The test environment of a run, and which service it reached where',
    tags,
    permission,
    params: runParams,
    responses: { 200: runEnvironmentBody },
    handle: async ({ params, caller }) => {
      const { testEnvironment } = reportOf(await readHistory(deps, caller.workspace, params.id));
      if (testEnvironment === undefined)
        throw new Problem('not-found', `the execution ${params.id} asked for no test environment`);
      return { status: 200, body: runEnvironmentOf(testEnvironment) };
    },
  });

const outline = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/executions/:id/outline',
    operationId: 'getExecutionOutline',
    summary: 'The steps of a run at a glance',
    description:
      'As `/steps`, without what was sent, answered, captured and asserted: a list of a thousand steps is small.',
    tags,
    permission,
    params: runParams,
    responses: { 200: z.object({ steps: z.array(stepOutlineBody) }) },
    handle: async ({ params, caller }) => ({
      status: 200,
      text: `{"steps":${await outlineOfRun(deps, caller.workspace, params.id)}}`,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    }),
  });

const step = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/executions/:id/steps/:step_id',
    operationId: 'getExecutionStep',
    summary: 'One step of a run',
    tags,
    permission,
    params: runParams.extend({ step_id: z.string().min(1).describe('the path of the step, or its id') }),
    responses: { 200: stepBody },
    handle: async ({ params, caller }) => {
      const all = await stepsOfRun(deps, caller.workspace, params.id);
      const found =
        all.find(({ id }) => id === params.step_id) ?? all.find(({ step_id: own }) => own === params.step_id);
      if (found === undefined) {
        throw new Problem('not-found', `the execution ${params.id} has no step ${params.step_id}`);
      }
      return { status: 200, body: found };
    },
  });

const logs = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/executions/:id/logs',
    operationId: 'getExecutionLogs',
    summary: 'A run as lines of text',
    tags,
    permission,
    params: runParams,
    responses: { 200: z.object({ logs: z.array(z.string()) }) },
    handle: async ({ params, caller }) => {
      const { events } = await readHistory(deps, caller.workspace, params.id);
      return { status: 200, body: { logs: logLines(events) } };
    },
  });

const events = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/executions/:id/events',
    operationId: 'listExecutionEvents',
    summary: 'Every event of a run, oldest first',
    tags,
    permission,
    params: runParams,
    query: z.strictObject({
      after: z.coerce.number().int().min(0).default(0).describe('a `seq`; `next` of the page before'),
      limit: z.coerce.number().int().min(1).max(1000).default(200),
    }),
    responses: {
      200: z.object({
        events: z.array(eventBody),
        next: z.int().nullable().describe('null when there are no more yet'),
      }),
    },
    handle: async ({ params, query, caller }) => {
      await demandRun(deps, caller.workspace, params.id);
      const page = [];
      for await (const event of deps.journal.read(streamOf(params.id), query.after)) {
        if (page.length > query.limit) break;
        page.push(eventOf(event));
      }
      const shown = page.slice(0, query.limit);
      return {
        status: 200,
        body: { events: shown, next: page.length > query.limit ? query.after + query.limit : null },
      };
    },
  });

const auditBody = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('equal'), sha256: z.string(), events: z.int() }),
  z.object({ outcome: z.literal('different'), folded: z.string(), stored: z.string(), events: z.int() }),
  z.object({ outcome: z.enum(['open', 'missing']), events: z.int() }),
  z.object({ outcome: z.literal('broken'), events: z.int(), broken: brokenEvent.nullable() }),
]);

const auditRun = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/executions/:id/audit',
    operationId: 'auditExecution',
    summary: 'Follow the chain of the run, fold it anew and compare it with what is shown',
    description:
      '`open`: the run has not ended; `missing`: what is shown is not written yet; `broken`: an event is not as it was recorded. Other streams: `GET /audit/chains`.',
    tags,
    permission,
    params: runParams,
    responses: { 200: auditBody },
    handle: async ({ params, caller }) => {
      const chain = await deps.chains.verify(caller.workspace, streamOf(params.id));
      if (chain?.broken !== undefined) return { status: 200, body: { outcome: 'broken', ...chainOf(chain) } };
      await demandRun(deps, caller.workspace, params.id);
      const stored = async (runId: string) => {
        const bytes = (await deps.runs.stored(caller.workspace, runId))?.bytes;
        if (bytes !== undefined) return bytes;
        const sha256 = await deps.runs.retired?.(caller.workspace, runId);
        return sha256 === undefined ? undefined : { sha256 };
      };
      return { status: 200, body: await audit(params.id, { journal: deps.journal, stored }) };
    },
  });

const value = z.json().meta({ id: 'Json' });

const diffBody = z.object({
  here: execution,
  there: execution,
  steps: z.array(
    z
      .object({
        path: z.string(),
        kind: z.enum(['only here', 'only there', 'different']),
        changes: z.array(z.object({ what: z.string(), here: value, there: value })),
        here_ms: z.number().nullable(),
        there_ms: z.number().nullable(),
      })
      .meta({ id: 'StepDifference' }),
  ),
});

const diff = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/executions/:id/diff',
    operationId: 'diffExecutions',
    summary: 'What is different between two runs',
    tags,
    permission,
    params: runParams,
    query: z.strictObject({ with: z.guid({ error: 'must be the UUID of an execution' }) }),
    responses: { 200: diffBody },
    handle: async ({ params, query, caller }) => {
      const here = await readHistory(deps, caller.workspace, params.id);
      const there = await readHistory(deps, caller.workspace, query.with);
      const steps = diffRuns(reportOf(here), reportOf(there));
      return { status: 200, body: { here: executionOf(here.row), there: executionOf(there.row), steps } };
    },
  });

/** Everything that is told of one run. */
export const runReadingRoutes = (deps: RunDeps): readonly Route[] => [
  steps(deps),
  outline(deps),
  step(deps),
  environment(deps),
  logs(deps),
  events(deps),
  auditRun(deps),
  diff(deps),
];
