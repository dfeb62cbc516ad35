import { requestRun, runRequest, runRequestParts } from '@testmesh/commands';
import {
  PROBLEMS,
  Problem,
  type ProblemDetail,
  problemBody,
  problemBodyOf,
  problemContentType,
} from '@testmesh/contracts';
import { stringifyJson, type Value } from '@testmesh/domain';
import * as z from 'zod';
import { type Route, type RouteAnswer, workspaceRoute } from '../http/route.ts';
import { followRun } from '../live/follow-run.ts';
import type { RunDeps } from './deps.ts';
import { demandOwnFlow, OWN_FLOW } from './own-flow.ts';
import { readHistory } from './run-history.ts';
import { IDEMPOTENCY_KEY, idempotencyKey } from './run-routes.ts';
import { stepsOfRun } from './run-steps.ts';
import { waitingFor, waitingForPart } from './waiting-for.ts';
import { runVerdicts, shownMs, stepBody } from './wire.ts';

// One request for a run and what became of it, for scripts that would rather not follow it. Invariants:
// W1. The run is a run like any other: it is kept, it goes on when the client is gone, and its id is in the answer.
// W2. 200 is answered for a run that passed, and for no other.

const MOST_WAIT_S = 25;

const { definition, environment, confirm_environment, variables, secret_names, pool, priority, seed, tags } =
  runRequestParts;

const definitionRequest = z
  .strictObject({
    definition: definition.unwrap(),
    environment,
    confirm_environment,
    variables,
    secret_names,
    pool,
    priority,
    seed,
    tags,
    wait: z.int().min(0).max(MOST_WAIT_S).default(MOST_WAIT_S).describe('seconds until 202 is answered'),
  })
  .meta({ id: 'RunDefinitionRequest' });

const inlineStep = stepBody
  .pick({ step_id: true, step_name: true, action: true, status: true, duration_ms: true, output: true })
  .extend({ phase: z.enum(['setup', 'main', 'teardown']), error: z.string().nullable() })
  .meta({ id: 'InlineStep' });

const inlineRun = z
  .object({
    execution_id: z.guid(),
    status: z.enum(['passed', 'failed', 'running']),
    verdict: z.enum(runVerdicts).nullable(),
    duration_ms: z.number().nullable(),
    total_steps: z.int(),
    passed: z.int(),
    failed: z.int(),
    error: z.string().nullable(),
    waiting_for: waitingForPart,
    steps: z.array(inlineStep),
  })
  .meta({ id: 'InlineRun' });
type InlineRun = z.output<typeof inlineRun>;

const failedRun = problemBody.extend({ run: inlineRun.optional() }).meta({ id: 'FailedRunProblem' });

/** A run and its steps as they are now. */
const inlineRunOf = async (deps: RunDeps, workspace: string, runId: string): Promise<InlineRun> => {
  const { row } = await readHistory(deps, workspace, runId);
  const steps = (await stepsOfRun(deps, workspace, runId)) as unknown as readonly z.output<typeof stepBody>[];
  const ended = row.verdict === 'passed' ? 'passed' : 'failed';
  return {
    execution_id: runId,
    status: row.status === 'finished' ? ended : 'running',
    verdict: row.verdict,
    duration_ms: shownMs(row.durationMs),
    total_steps: row.totalSteps,
    passed: row.passedSteps,
    failed: row.failedSteps,
    error: row.verdict === 'passed' ? null : row.reason,
    waiting_for: await waitingFor(deps, row),
    steps: steps.map(inlineStepOf),
  };
};

const inlineStepOf = (step: z.output<typeof stepBody>): InlineRun['steps'][number] => ({
  step_id: step.step_id,
  step_name: step.step_name,
  action: step.action,
  phase: step.phase === 'steps' ? 'main' : step.phase,
  status: step.status,
  duration_ms: step.duration_ms,
  error: step.error_message ?? step.reason ?? brokenOf(step),
  output: step.output,
});

type Judged = { readonly expression?: unknown; readonly passed?: unknown } | null;

/** The assertions that did not hold, where nothing else is wrong. */
const brokenOf = ({ assertions, status }: z.output<typeof stepBody>): string | null => {
  if (status !== 'failed') return null;
  const broken = (assertions as readonly Judged[]).filter((one) => one?.passed === false);
  return broken.map((one) => `${String(one?.expression)} does not hold`).join('; ') || null;
};

/** Waits until the run has ended, the time is over or the client is gone. */
const ended = async (deps: RunDeps, runId: string, waitMs: number, gone: AbortSignal): Promise<void> => {
  const signal = AbortSignal.any([gone, AbortSignal.timeout(waitMs)]);
  for await (const _page of followRun(deps, runId, { since: 0, signal })) if (signal.aborted) return;
};

const answerOf = (run: InlineRun, requestId: string): RouteAnswer => {
  const location = `/api/v1/executions/${run.execution_id}`;
  if (run.status === 'running') return { status: 202, headers: { location }, body: run };
  if (run.status === 'passed') return { status: 200, headers: { location }, body: run };
  const problem = new Problem('run-failed', run.error ?? `the run ended ${run.verdict}`, { errors: failuresOf(run) });
  return {
    status: PROBLEMS[problem.code].status,
    headers: { location, 'content-type': problemContentType },
    text: stringifyJson({ ...problemBodyOf(problem, requestId), run } as Value),
  };
};

const failuresOf = ({ steps }: InlineRun): readonly ProblemDetail[] =>
  steps.flatMap(({ step_id: id, status, error }, at) =>
    status === 'failed' ? [{ pointer: `/run/steps/${at}`, message: `${id}: ${error ?? 'failed'}` }] : [],
  );

export const runDefinitionRoute = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/executions/run-definition',
    operationId: 'runDefinition',
    summary: 'Run a flow that comes with the request, and wait for it',
    description: `200 when it passed, 422 with the run when it did not. A run that takes longer than \`wait\` is answered 202 and goes on; the same Idempotency-Key waits for it again. ${OWN_FLOW}`,
    tags: ['Executions'],
    permission: 'flows:run',
    headers: [IDEMPOTENCY_KEY],
    body: definitionRequest,
    example: { definition: 'flow:\n  name: hello\n  steps:\n    - action: log\n      config: { message: hello }\n' },
    responses: {
      200: inlineRun,
      202: inlineRun,
      422: {
        contentType: 'application/problem+json',
        description: 'the run did not pass, or the flow is invalid',
        schema: failedRun,
      },
    },
    handle: async ({ body: { wait, ...asked }, caller, headers, signal, requestId }) => {
      demandOwnFlow(caller, asked);
      const trigger = { kind: 'api' as const };
      const origin = { caller, trigger, idempotencyKey: idempotencyKey(headers), signal };
      const { runId } = await requestRun(deps, runRequest.parse(asked), origin);
      await ended(deps, runId, wait * 1000, signal);
      return answerOf(await inlineRunOf(deps, caller.workspace, runId), requestId);
    },
  });
