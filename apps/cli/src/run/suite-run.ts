import type { FlowResult } from '@testmesh/views';
import type { PreparedFlow } from './prepare-flows.ts';
import { ResourceLocks } from './resource-locks.ts';

export interface SuiteRunOptions {
  readonly flowsAtOnce: number;
  readonly failFast: boolean;
  /** Aborts on a signal or the overall timeout: flows that have not started are not started. */
  readonly cancel: AbortSignal;
  readonly runOne: (flow: PreparedFlow) => Promise<FlowResult>;
  readonly ended: (result: FlowResult) => void;
}

/** Runs flows side by side, at most `flowsAtOnce`, flows that share an exclusive resource one after the other. */
export const runSuite = async (
  flows: readonly PreparedFlow[],
  options: SuiteRunOptions,
): Promise<readonly FlowResult[]> => {
  const locks = new ResourceLocks();
  const stop = new AbortController();
  const cancel = AbortSignal.any([options.cancel, stop.signal]);
  const results: FlowResult[] = new Array<FlowResult>(flows.length);
  let next = 0;

  const worker = async (): Promise<void> => {
    for (let index = next++; index < flows.length; index = next++) {
      const flow = flows[index];
      if (flow === undefined) return;
      const result = await runWhenFree(flow, locks, cancel, options.runOne);
      results[index] = result;
      options.ended(result);
      if (options.failFast && result.status !== 'passed')
        stop.abort(new Error(`--fail-fast: ${flow.file} did not pass`));
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.flowsAtOnce, flows.length) }, worker));
  return results;
};

const runWhenFree = async (
  flow: PreparedFlow,
  locks: ResourceLocks,
  cancel: AbortSignal,
  runOne: SuiteRunOptions['runOne'],
): Promise<FlowResult> => {
  if (cancel.aborted) return notStarted(flow, cancel);
  const names = flow.flow?.exclusive ?? [];
  const release = await locks.acquire(names, cancel).catch(() => undefined);
  if (release === undefined) return notStarted(flow, cancel);
  try {
    return await runOne(flow);
  } finally {
    release();
  }
};

const notStarted = (flow: PreparedFlow, cancel: AbortSignal): FlowResult => ({
  file: flow.file,
  name: flow.flow?.name ?? flow.file,
  status: 'skipped',
  reason: `not started: ${(cancel.reason as Error).message}`,
  diagnostics: [],
  text: flow.text,
});
