import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type AskedEnvironment, environmentOfParts, moveOn, startSuite } from '@testmesh/commands';
import type { Placement } from '@testmesh/contracts';
import { canonicalJson, type Value } from '@testmesh/domain';
import { newRunId } from '@testmesh/runtime';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { isRefusal } from '../configuration/once.ts';
import { found } from '../configuration/refusals.ts';
import { shownSuiteRun } from '../configuration/shown-suite-run.ts';
import type { Caller } from '../http/route.ts';
import { demandRun } from '../runs/run-history.ts';
import { partsWaitFor } from '../runs/waiting-for.ts';

// What stands between a revision and its promotion: a flow or a suite is run for it once, and says whether it may go on.
// G1. One revision, one run: whoever asks again, at whatever replica, is told of the run that there is.
// G2. Nothing is kept but that run and the key that leads to it; a revision that is asked for after a day is run again.
// G3. Only a run that passed lets a revision through; one that could not be carried out, or that tested nothing, does not.

export type GateDeps = Pick<
  ConfigurationDeps,
  | 'environments'
  | 'flows'
  | 'suites'
  | 'suiteRuns'
  | 'runViews'
  | 'run'
  | 'secretNames'
  | 'cancelRun'
  | 'journal'
  | 'idempotency'
  | 'servedPools'
  | 'clock'
>;

/** What is run for a revision. */
export interface Gate extends Placement {
  readonly kind: 'flow' | 'suite';
  /** Of the flow or the suite. */
  readonly target: string;
  readonly revision: string;
  readonly asked: AskedEnvironment;
  /** Where the request speaks of its environment. */
  readonly at: string;
  readonly variables: Readonly<Record<string, Value>>;
}

export interface GateState {
  readonly verdict: 'passed' | 'failed' | 'running';
  /** One sentence, short enough for an event of Kubernetes. */
  readonly message: string;
  readonly runId: string;
  /** What the run waits for that somebody has to do. */
  readonly waitingFor?: string | null;
}

type Place = Pick<Gate, 'kind' | 'target'> & Partial<Placement> & { readonly runId: string };

const LOOK_EVERY_MS = 250;

/** Runs what the gate names unless it was run for this revision before, and waits a while for its verdict. */
export const passGate = async (
  deps: GateDeps,
  caller: Caller,
  gate: Gate,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<GateState> => {
  const runId = await startOnce(deps, caller, gate);
  const until = deps.clock.monotonic() + waitMs;
  for (;;) {
    const state = await stateOf(deps, caller.workspace, { ...gate, runId });
    if (state.verdict !== 'running' || deps.clock.monotonic() >= until || signal.aborted) return state;
    await pause(LOOK_EVERY_MS);
  }
};

const startOnce = async (deps: GateDeps, caller: Caller, gate: Gate): Promise<string> => {
  const { kind, target, revision, variables, asked, at, pool, priority } = gate;
  const { environment } = asked;
  const { workspace } = caller;
  if (kind === 'flow') found(await deps.flows.byId(workspace, target), `flow ${target}`);
  const own = kind === 'flow' ? newRunId() : randomUUID();
  const fingerprint = createHash('sha256')
    .update(canonicalJson({ kind, target, revision, environment, variables, ...(pool !== 'default' && { pool }) }))
    .digest('hex');
  const claim = { workspace, key: `gate:${fingerprint}`, fingerprint, runId: own, atMs: deps.clock.now() };
  const { runId } = await deps.idempotency.claim(claim);
  try {
    if (runId === own) await environmentOfParts(deps.environments, workspace, asked, at);
    // Both are harmless when the run is there already; the first who asked may have got half-way.
    if (kind === 'suite') {
      await startSuite(deps, caller, {
        id: runId,
        suiteId: target,
        ...asked,
        variables,
        pool,
        priority,
        trigger: null,
      });
    } else {
      const origin = { caller, trigger: { kind: 'api' as const }, idempotencyKey: undefined, runId };
      await deps.run({ flowId: target, ...asked, variables, pool, priority }, origin);
    }
  } catch (error) {
    // Whoever asks again is led to the run that may be there.
    if (runId === own && isRefusal(error)) await deps.idempotency.release(claim);
    throw error;
  }
  return runId;
};

/** What became of a run that a gate asked for. */
export const stateOf = (deps: GateDeps, workspace: string, place: Place): Promise<GateState> =>
  place.kind === 'flow' ? flowState(deps, workspace, place) : suiteState(deps, workspace, place);

const flowState = async (deps: GateDeps, workspace: string, { runId, ...place }: Place): Promise<GateState> => {
  const row = (await deps.runViews.byRunIds(workspace, [runId])).get(runId);
  // The view comes a moment after the run.
  if (row === undefined) await demandRun(deps, workspace, runId);
  if (row === undefined || row.status !== 'finished') {
    const status = row?.status ?? 'queued';
    const message = `${row?.flowName ?? 'the flow'} is ${status}`;
    const pool = row?.pool ?? place.pool;
    const waitingFor = pool === undefined ? null : await partsWaitFor(deps, { workspace, pool }, status === 'queued');
    return { verdict: 'running', message, runId, waitingFor };
  }
  if (row.verdict === 'passed') return { verdict: 'passed', message: `${row.flowName} passed`, runId };
  const why = row.reason === null ? '' : `: ${row.reason}`;
  return { verdict: 'failed', message: short(`${row.flowName} ${row.verdict}${why}`), runId };
};

const suiteState = async (deps: GateDeps, workspace: string, { target, runId }: Place): Promise<GateState> => {
  const asked = found(await deps.suiteRuns.get(workspace, target, runId), `run ${runId} of the suite ${target}`);
  const now = await moveOn(deps, asked);
  const run = await shownSuiteRun(deps, now);
  const counts = `${run.passed_flows} of ${run.total_flows} flows passed`;
  if (run.status === 'completed') return { verdict: 'passed', message: counts, runId };
  if (run.status === 'pending' || run.status === 'running') {
    return { verdict: 'running', message: `${counts} so far`, runId, waitingFor: run.waiting_for };
  }
  const first = run.executions.find(({ status }) => status === 'failed' || status === 'cancelled');
  return { verdict: 'failed', message: short(`${counts}; ${run.error ?? first?.error ?? run.status}`), runId };
};

const LONGEST = 240;
const short = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
