import { Problem } from '@testmesh/contracts';
import type { TestEnvironmentSpec } from '@testmesh/domain';
import type { AcquireOutcome, AcquireRequest, EnvironmentLease } from '@testmesh/ports';
import { ENVIRONMENTS_TOPIC } from '@testmesh/runtime';
import type * as z from 'zod';
import type { Route } from '../http/route.ts';
import {
  acquireBody,
  acquireRequest,
  environmentBody,
  environmentParams,
  environmentsBody,
  environmentsQuery,
  extendBody,
  extendRequest,
  giveBackRequest,
} from './environment-wire.ts';
import { type ProtocolDeps, protocolRoute } from './protocol-deps.ts';
import { epochQuery, releaseBody, runParams } from './wire.ts';

// Test environments for runs on agents. Invariants:
// E1. Only for a run that is held and that asks for one; its workspace is the server's word. Which names may be taken, the
//     env-manager decides, as for every run.
// E2. An environment is held by the run, not by the agent: whoever takes the run over goes on in it.
// E3. It is given back by whoever had the run last, also when the run has ended and nobody holds it.

const acquire = (deps: ProtocolDeps): Route =>
  protocolRoute({
    method: 'POST',
    path: '/api/v1/agent/runs/:run_id/environment',
    operationId: 'agentAcquireEnvironment',
    summary: 'Give a run its test environment, or a place in the queue for it',
    params: runParams,
    body: acquireRequest,
    responses: { 200: acquireBody },
    handle: async ({ params, body, agent, signal }) => {
      const run = { runId: params.run_id, epoch: body.epoch };
      await deps.guard.demandAsking(agent, run);
      const request = requestOf(run.runId, agent.workspace, body);
      return { status: 200, body: await otherwise(deps, request, body, signal) };
    },
  });

type Asked = z.output<typeof acquireRequest>;

const requestOf = (run: string, workspace: string, asked: Asked): AcquireRequest => {
  const { context, on_busy: onBusy, lease_ms: leaseMs, keep_place_ms: waitMs, environment } = asked;
  const spec = environment.spec as TestEnvironmentSpec | undefined;
  if (spec !== undefined && spec.context !== context) {
    throw new Problem('invalid-request', `a run that asks for ${context} makes no environment for ${spec.context}`);
  }
  return {
    run,
    workspace,
    context,
    onBusy,
    leaseMs,
    waitMs,
    environment: { id: environment.id, ...(spec && { spec }) },
  };
};

const POLL_MS = 150;

/** What becomes of the request once it stands otherwise than the agent knows, or it has waited for long enough. */
const otherwise = async (
  { environments, clock, wakeups }: ProtocolDeps,
  request: AcquireRequest,
  { awaited, wait_ms: waitMs }: Asked,
  gone: AbortSignal,
): Promise<AcquireOutcome> => {
  const until = clock.monotonic() + waitMs;
  for (;;) {
    const woken = new AbortController();
    const unfollow = wakeups.onWake(ENVIRONMENTS_TOPIC, () => woken.abort('woken'));
    try {
      const outcome = await environments.acquire(request);
      if (outcome.outcome !== 'waiting') return outcome;
      if (awaited === undefined && outcome.id === request.environment.id) wakeups.wake(ENVIRONMENTS_TOPIC);
      const isKnown = outcome.id === awaited?.id && outcome.status === awaited.status;
      if (!isKnown || gone.aborted || clock.monotonic() >= until) return outcome;
      // Whether it was woken or somebody left, it is looked at anew.
      await clock.sleep(POLL_MS, AbortSignal.any([woken.signal, gone])).catch(() => undefined);
    } finally {
      unfollow();
    }
  }
};

const leave = ({ guard, environments }: ProtocolDeps): Route =>
  protocolRoute({
    method: 'DELETE',
    path: '/api/v1/agent/runs/:run_id/environment',
    operationId: 'agentLeaveEnvironmentQueue',
    summary: 'Wait for no test environment any more',
    params: runParams,
    query: epochQuery,
    responses: { 204: 'nothing' },
    handle: async ({ params, query, agent }) => {
      await guard.demandHeld(agent, { runId: params.run_id, epoch: query.epoch });
      await environments.leave(params.run_id);
      return { status: 204 };
    },
  });

const leaseOf = (run: string, asked: { readonly environment: string; readonly environment_epoch: number }) =>
  ({ id: asked.environment, run, epoch: asked.environment_epoch }) satisfies EnvironmentLease;

const extend = ({ guard, environments }: ProtocolDeps): Route =>
  protocolRoute({
    method: 'POST',
    path: '/api/v1/agent/runs/:run_id/environment/lease',
    operationId: 'agentExtendEnvironment',
    summary: "Keep a run's test environment; says whether it is still the run's",
    params: runParams,
    body: extendRequest,
    responses: { 200: extendBody },
    handle: async ({ params, body, agent }) => {
      await guard.demandHeld(agent, { runId: params.run_id, epoch: body.epoch });
      return { status: 200, body: { held: await environments.extend(leaseOf(params.run_id, body), body.lease_ms) } };
    },
  });

const giveBack = ({ guard, environments, wakeups }: ProtocolDeps): Route =>
  protocolRoute({
    method: 'POST',
    path: '/api/v1/agent/runs/:run_id/environment/release',
    operationId: 'agentReleaseEnvironment',
    summary: "Give a run's test environment back; false where it was not held",
    params: runParams,
    body: giveBackRequest,
    responses: { 200: releaseBody },
    handle: async ({ params, body, agent }) => {
      await guard.demandLast(agent, { runId: params.run_id, epoch: body.epoch });
      const released = await environments.release(leaseOf(params.run_id, body), body.reason);
      wakeups.wake(ENVIRONMENTS_TOPIC);
      return { status: 200, body: { released } };
    },
  });

const find = ({ guard, environments }: ProtocolDeps): Route =>
  protocolRoute({
    method: 'GET',
    path: '/api/v1/agent/environments/:id',
    operationId: 'agentEnvironment',
    summary: 'How a test environment of the workspace stands, for an agent whose run asks for one',
    params: environmentParams,
    responses: { 200: environmentBody },
    handle: async ({ params, agent }) => {
      await guard.demandAsking(agent);
      const environment = await environments.find(params.id);
      if (environment?.workspace === agent.workspace) return { status: 200, body: environment };
      throw new Problem('not-found', `there is no test environment ${params.id}`);
    },
  });

const list = ({ guard, environments }: ProtocolDeps): Route =>
  protocolRoute({
    method: 'GET',
    path: '/api/v1/agent/environments',
    operationId: 'agentEnvironments',
    summary: 'Test environments of the workspace, for an agent whose run asks for one',
    query: environmentsQuery,
    responses: { 200: environmentsBody },
    handle: async ({ query: { context, include_destroyed: withDestroyed, ...page }, agent }) => {
      await guard.demandAsking(agent);
      const { items, total } = await environments.list({
        ...{ workspace: agent.workspace, withDestroyed, ...page },
        ...(context !== undefined && { context }),
      });
      return { status: 200, body: { environments: items, total } };
    },
  });

export const environmentRoutes = (deps: ProtocolDeps): readonly Route[] =>
  [acquire, leave, extend, giveBack, find, list].map((route) => route(deps));
