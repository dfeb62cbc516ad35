import { type Limit, under, within } from './deadline.ts';
import type { Frame } from './frame.ts';
import { type Interruption, interruptionOf } from './interruption.ts';
import { Memory } from './names/memory.ts';
import { notRun } from './names/not-run.ts';
import { StepScope } from './names/step-scope.ts';
import { wasFlowOver } from './past/interrupted.ts';
import { prepareActions } from './prepare-actions.ts';
import type { Failure } from './run.ts';
import { duration } from './step/settings.ts';

// setup → steps → teardown. Invariants:
// E90. A failed setup leaves the steps out; a failed step leaves out those after it, unless fail_fast is false.
// E91. Teardown always runs: after a failed setup or step, a timeout, a cancellation; only force ends it early.
// E92. The flow's timeout limits everything but teardown, which has a limit of its own and goes on after a failed step of its own.

const TEARDOWN_LIMIT_MS = 60_000;

export interface PhasesOutcome {
  readonly failure: Failure | undefined;
  /** What stopped setup or steps from outside. */
  readonly interruption: Interruption | undefined;
  readonly teardown: {
    readonly status: 'passed' | 'failed' | 'error' | 'none';
    readonly failure?: Failure | undefined;
  };
}

export const runPhases = async (frame: Frame): Promise<PhasesOutcome> => {
  const { run } = frame;
  const { clock } = run.ports;
  const isOverBefore = frame.signal.aborted;
  const limit = flowLimit(frame);
  const main = within(frame.signal, clock, limit, limit && wasFlowOver(run, frame.parent, limit));
  let failure: Failure | undefined;
  try {
    failure = await setupAndSteps({ ...frame, signal: main.signal });
  } finally {
    main.dispose();
  }
  // What was decided before somebody stopped the run stays decided.
  const isStopped = main.signal.aborted && (run.isCut || !isOverBefore);
  const interruption = failure && isStopped ? interruptionOf(main.signal) : undefined;
  return { failure, interruption, teardown: await tearDown(frame) };
};

const setupAndSteps = async (frame: Frame): Promise<Failure | undefined> => {
  const { flow } = frame.flowRun;
  if (!frame.signal.aborted) await prepareActions(frame);
  const failed = await frame.runSteps(flow.setup, { ...frame, phase: 'setup' });
  if (!failed) return frame.runSteps(flow.steps, { ...frame, phase: 'steps' }, { keepGoing: !flow.failFast });
  notRun(flow.steps, frame);
  return failed;
};

const tearDown = async (frame: Frame): Promise<PhasesOutcome['teardown']> => {
  const { flow } = frame.flowRun;
  if (flow.teardown.length === 0) return { status: 'none' };
  const { run } = frame;
  const ms = flow.teardownTimeoutMs ? duration(flow.teardownTimeoutMs, settingsScope(frame)) : TEARDOWN_LIMIT_MS;
  const outer = frame.cleaning ? frame.signal : run.force.signal;
  const limit: Limit = { ms, kind: 'teardown-timeout', message: `teardown took longer than its limit of ${ms} ms` };
  const own = under(outer, run.ports.clock, limit);
  const inside: Frame = {
    ...frame,
    phase: 'teardown',
    cleaning: true,
    prefix: `${frame.prefix}teardown/`,
    memory: new Memory(frame.memory, { cleaning: true }),
    signal: own.signal,
  };
  const failure = await frame.runSteps(flow.teardown, inside, { keepGoing: true });
  own.dispose();
  return { status: failure?.status ?? 'passed', failure };
};

const flowLimit = (frame: Frame): Limit | undefined => {
  const { timeoutMs } = frame.flowRun.flow;
  if (!timeoutMs) return undefined;
  const ms = duration(timeoutMs, settingsScope(frame));
  return { ms, kind: 'flow-timeout', message: `the flow took longer than its timeout of ${ms} ms` };
};

const settingsScope = (frame: Frame): StepScope =>
  new StepScope(frame, `${frame.run.input.seed}/${frame.prefix}settings`);
