import { Problem, placementParts } from '@testmesh/contracts';
import type { Value } from '@testmesh/domain';
import * as z from 'zod';
import { askedEnvironment, environmentToRunIn, givenVariables } from '../configuration/wire.ts';
import { type Route, type RouteAnswer, workspaceRoute } from '../http/route.ts';
import { waitingForPart } from '../runs/waiting-for.ts';
import { type Gate, type GateDeps, type GateState, passGate, stateOf } from './gate.ts';

// Gates as the tools that promote revisions ask for them: Argo Rollouts reads a JSON body, Flagger a status.

const tags = ['Gates'];
const MOST_WAIT_S = 25;

const gateBody = z
  .object({
    verdict: z.enum(['passed', 'failed', 'running']),
    message: z.string(),
    run_id: z.guid(),
    link: z.string().describe('where the verdict can be read again'),
    waiting_for: waitingForPart,
  })
  .meta({ id: 'Gate' });

const bodyOf = (
  { kind, target }: Pick<Gate, 'kind' | 'target'>,
  { verdict, message, runId, waitingFor = null }: GateState,
) => ({
  verdict,
  message,
  run_id: runId,
  link: `/api/v1/gates/${kind}/${target}/${runId}`,
  waiting_for: waitingFor,
});

const revision = z.string().min(1).max(200).describe('what is to be promoted: a pod template hash, a commit, an image');
const wait = z.coerce
  .number()
  .int()
  .min(0)
  .max(MOST_WAIT_S)
  .describe('seconds to wait for the verdict before `running` is answered');

const gateRequest = z
  .strictObject({
    flow_id: z.guid().optional(),
    suite_id: z.guid().optional(),
    revision,
    ...environmentToRunIn,
    variables: givenVariables,
    ...placementParts,
    wait: wait.default(20),
  })
  .meta({ id: 'GateRequest' });

/** What is run: a flow or a suite, never both. */
const targetOf = (
  { flow_id: flow, suite_id: suite }: { flow_id?: string | undefined; suite_id?: string | undefined },
  pointer: string,
): Pick<Gate, 'kind' | 'target'> => {
  if (flow !== undefined && suite === undefined) return { kind: 'flow', target: flow };
  if (suite !== undefined && flow === undefined) return { kind: 'suite', target: suite };
  const message = 'say what to run: exactly one of flow_id and suite_id';
  throw new Problem('invalid-request', message, { errors: [{ pointer, message }] });
};

const argoRollouts = (deps: GateDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/gates/argo-rollouts',
    operationId: 'passArgoRolloutsGate',
    summary: 'Run a flow or a suite for a revision, and say what became of it',
    description:
      'For the web metric of an AnalysisTemplate: `jsonPath: "{$.verdict}"`. The same revision leads to the same run for 24 hours, however often it is asked for.',
    tags,
    permission: 'flows:run',
    body: gateRequest,
    example: { suite_id: '7d5a8c1e-3c7e-4d43-9a67-30dbd4c61c2f', revision: '6d9c7f8b5d', environment: 'staging' },
    responses: { 200: gateBody },
    handle: async ({ body, caller, signal }) => {
      const { revision: promoted, variables, pool, priority } = body;
      const asked = { revision: promoted, asked: askedEnvironment(body), at: '', pool, priority };
      const gate = { ...targetOf(body, ''), ...asked, variables: variables as Record<string, Value> };
      const state = await passGate(deps, caller, gate, { waitMs: body.wait * 1000, signal });
      return { status: 200, body: bodyOf(gate, state) };
    },
  });

const flaggerRequest = z
  .looseObject({
    name: z.string().max(253).describe("the canary's name"),
    namespace: z.string().max(253),
    phase: z.string().max(100).describe('of the canary: Progressing, Promoting …'),
    checksum: revision.describe('of the canary: each is gated once'),
    metadata: z
      .strictObject({
        flow_id: z.guid().optional(),
        suite_id: z.guid().optional(),
        ...environmentToRunIn,
        pool: placementParts.pool,
        priority: z.coerce.number().int().min(-100).max(100).default(0),
        wait: wait.optional(),
        while_running: z
          .enum(['hold', 'advance'])
          .optional()
          .describe('what a run that is not over means: hold (default) for confirm hooks, advance for rollout hooks'),
      })
      .describe("the webhook's metadata; every value is a text"),
  })
  .meta({ id: 'FlaggerRequest' });

const LINE = { contentType: 'text/plain; charset=utf-8', description: 'one sentence, which Flagger shows as an event' };

const flagger = (deps: GateDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/gates/flagger',
    operationId: 'passFlaggerGate',
    summary: 'Run a flow or a suite for a canary, and let it go on or not',
    description:
      'For a webhook of a Canary. 200 when it passed; while it runs 425, or 202 with `while_running: advance`; 409 when it did not pass. The canary and its checksum lead to the same run for 24 hours.',
    tags,
    permission: 'flows:run',
    body: flaggerRequest,
    responses: { 200: LINE, 202: LINE, 409: LINE, 425: LINE },
    handle: async ({ body, caller, signal }) => {
      const { metadata, name, namespace, checksum } = body;
      const variables = { CANARY: name, CANARY_NAMESPACE: namespace };
      const at = '/metadata';
      const { pool, priority } = metadata;
      const asked = { revision: checksum, asked: askedEnvironment(metadata), at, pool, priority };
      const gate = { ...targetOf(metadata, at), ...asked, variables };
      const state = await passGate(deps, caller, gate, { waitMs: (metadata.wait ?? 0) * 1000, signal });
      return lineOf(state, metadata.while_running === 'advance' ? 202 : 425, bodyOf(gate, state).link);
    },
  });

const lineOf = ({ verdict, message, waitingFor }: GateState, running: 202 | 425, link: string): RouteAnswer => {
  const status = { passed: 200, failed: 409, running }[verdict];
  const headers = { 'content-type': LINE.contentType, location: link, ...(status === 425 && { 'retry-after': '10' }) };
  return {
    status,
    text: `${verdict}: ${[message, ...(waitingFor ? [waitingFor] : [])].join('; ')} · ${link}\n`,
    headers,
  };
};

const read = (deps: GateDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/gates/:kind/:id/:run_id',
    operationId: 'getGate',
    summary: 'The verdict of a gate as it is now',
    tags,
    permission: 'runs:view',
    params: z.strictObject({ kind: z.enum(['flow', 'suite']), id: z.guid(), run_id: z.guid() }),
    responses: { 200: gateBody },
    handle: async ({ params: { kind, id: target, run_id: runId }, caller }) => {
      const state = await stateOf(deps, caller.workspace, { kind, target, runId });
      return { status: 200, body: bodyOf({ kind, target }, state) };
    },
  });

/** Whether a revision may go on. */
export const gateRoutes = (deps: GateDeps): readonly Route[] => [argoRollouts(deps), flagger(deps), read(deps)];
