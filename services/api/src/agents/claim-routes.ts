import { Problem } from '@testmesh/contracts';
import type { ClaimedRun } from '@testmesh/ports';
import { queueTopic } from '@testmesh/runtime';
import type { AgentCaller, Route } from '../http/route.ts';
import { unknownAgent } from './agent-authentication.ts';
import { heldRun, type ProtocolDeps, protocolRoute } from './protocol-deps.ts';
import {
  claimBody,
  claimRequest,
  heartbeatBody,
  heartbeatRequest,
  PROTOCOL,
  releaseBody,
  releaseRequest,
  runParams,
  sessionBody,
  sessionRequest,
} from './wire.ts';

// How an agent comes to runs and keeps them. Invariants:
// C1. A run whose claim was answered and never heard of is given again: the agent says what it knows.
// C2. A claim that its agent did not wait for, or that came while it was revoked, goes back to the queue.

const session = ({ guard, clock, seen }: ProtocolDeps): Route =>
  protocolRoute({
    method: 'POST',
    path: '/api/v1/agent/session',
    operationId: 'agentSession',
    summary: 'Say what an agent is, and be told what it may',
    body: sessionRequest,
    responses: { 200: sessionBody },
    handle: async ({ body, agent }) => {
      guard.poolsOf(agent, body.pools);
      if (body.protocol > PROTOCOL) {
        throw new Problem(
          'cannot-be-done',
          `the agent speaks protocol ${body.protocol}, this server ${PROTOCOL}: update it first`,
        );
      }
      const { version, host, slots, labels } = body;
      await seen(agent.agentId, { version, host, slots, labels });
      return {
        status: 200,
        body: {
          protocol: PROTOCOL,
          workspace: agent.workspace,
          agent: agent.name,
          executor: agent.executor,
          pools: agent.pools,
          server_time: Math.round(clock.now()),
          environments: true,
        },
      };
    },
  });

const claims = (deps: ProtocolDeps): Route =>
  protocolRoute({
    method: 'POST',
    path: '/api/v1/agent/claims',
    operationId: 'agentClaim',
    summary: 'Take runs; waits for the first one where there is none',
    body: claimRequest,
    responses: { 200: claimBody },
    handle: async ({ body, agent, signal }) => {
      const pools = deps.guard.poolsOf(agent, body.pools);
      const known = new Set(body.known.map(({ run_id, epoch }) => `${run_id}/${epoch}`));
      const missed = (await deps.guard.held(agent)).filter(({ runId, epoch }) => !known.has(`${runId}/${epoch}`));
      const wanted = { pools, slots: body.slots, leaseMs: body.lease_ms, waitMs: body.wait_ms };
      const runs = missed.length > 0 ? missed : await claimInTime(deps, agent, wanted, signal);
      return { status: 200, body: { runs: runs.map(({ runId, ...run }) => ({ run_id: runId, ...run })) } };
    },
  });

interface Wanted {
  readonly pools: readonly string[];
  readonly slots: number;
  readonly leaseMs: number;
  readonly waitMs: number;
}

const LOOK_EVERY_MS = 1000;
const REVOKED = 'this agent was revoked';

const claimInTime = async (
  deps: ProtocolDeps,
  agent: AgentCaller,
  { pools, slots, leaseMs, waitMs }: Wanted,
  gone: AbortSignal,
): Promise<readonly ClaimedRun[]> => {
  const { queue, guard, clock } = deps;
  const workspace = guard.workspaceOf(agent);
  const until = clock.monotonic() + waitMs;
  for (let isFirst = true; slots > 0; isFirst = false) {
    if (!isFirst && !(await guard.isLive(agent))) throw unknownAgent(REVOKED);
    const work = workFor(deps, pools);
    try {
      const runs = await queue.claim({
        executor: agent.executor,
        pools,
        slots,
        leaseMs,
        ...(workspace !== undefined && { workspace }),
      });
      await keepOrGiveBack(deps, agent, runs, gone);
      const leftMs = until - clock.monotonic();
      if (runs.length > 0 || leftMs <= 0 || gone.aborted) return runs;
      await work.come(Math.min(leftMs, LOOK_EVERY_MS), gone);
    } finally {
      work.unfollow();
    }
  }
  return [];
};

/** Hints that runs were queued: whoever follows before it looks misses none. */
const workFor = ({ wakeups, clock }: ProtocolDeps, pools: readonly string[]) => {
  const woken = new AbortController();
  const unfollow = pools.map((pool) => wakeups.onWake(queueTopic(pool), () => woken.abort('woken')));
  return {
    // Sleeping ends early when there is work, or nobody is there any more; both are what was waited for.
    come: (ms: number, gone: AbortSignal): Promise<void> =>
      clock.sleep(ms, AbortSignal.any([woken.signal, gone])).catch(() => undefined),
    unfollow: () => {
      for (const stop of unfollow) stop();
    },
  };
};

const keepOrGiveBack = async (
  { guard, queue }: ProtocolDeps,
  agent: AgentCaller,
  runs: readonly ClaimedRun[],
  gone: AbortSignal,
): Promise<void> => {
  const isLive = await guard.isLive(agent);
  const why = isLive ? 'its site agent went away before it was told' : 'its site agent was revoked';
  if (!isLive || gone.aborted) for (const run of runs) await queue.release(run, why);
  if (!isLive) throw unknownAgent(REVOKED);
};

const heartbeats = ({ queue }: ProtocolDeps): Route =>
  protocolRoute({
    method: 'POST',
    path: '/api/v1/agent/heartbeats',
    operationId: 'agentHeartbeat',
    summary: 'Keep runs; says which are lost, and which somebody wants cancelled',
    body: heartbeatRequest,
    responses: { 200: heartbeatBody },
    handle: async ({ body, agent }) => {
      const replies = await queue.heartbeat(agent.executor, body.runs.map(heldRun), body.lease_ms);
      const runs = replies.map(({ runId, epoch, lease, cancelledBy }) => ({
        ...{ run_id: runId, epoch, lease },
        ...(cancelledBy !== undefined && { cancelled_by: cancelledBy }),
      }));
      return { status: 200, body: { runs } };
    },
  });

const release = ({ guard, queue }: ProtocolDeps): Route =>
  protocolRoute({
    method: 'POST',
    path: '/api/v1/agent/runs/:run_id/release',
    operationId: 'agentRelease',
    summary: 'Give a run back; false where it was not held',
    params: runParams,
    body: releaseRequest,
    responses: { 200: releaseBody },
    handle: async ({ params, body, agent }) => {
      const run = { runId: params.run_id, epoch: body.epoch };
      const isHeld = await guard.demandHeld(agent, run).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Problem && error.code === 'not-found') return false;
          throw error;
        },
      );
      const released = isHeld && (await queue.release(run, body.reason));
      if (released) await guard.ended(run.runId);
      return { status: 200, body: { released } };
    },
  });

export const claimRoutes = (deps: ProtocolDeps): readonly Route[] =>
  [session, claims, heartbeats, release].map((route) => route(deps));
