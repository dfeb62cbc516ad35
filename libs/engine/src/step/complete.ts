import type { AttemptRecord, StepCompleted, StepPath, StepStatus, Value, ValueMap } from '@testmesh/domain';
import type { Step } from '@testmesh/flow';
import type { Frame } from '../frame.ts';
import { Memory } from '../names/memory.ts';
import type { StepScope } from '../names/step-scope.ts';
import type { Failure } from '../run.ts';
import { failureText } from './failure-text.ts';
import { identity } from './started.ts';
import type { Result } from './work.ts';

// How a step ends. Invariants:
// E17. `on_error: continue` excuses a failed or impossible operation, never a defect of the flow and never an interruption; the run says what it excused.
// E18. `error_steps` run after a step that did not pass and see `error` and `failed_step`; a failure among them is one of its own.
// E19. A step's result is reachable by its id also when it failed or was skipped.

export interface Ended {
  readonly step: Step;
  readonly frame: Frame;
  readonly path: StepPath;
  readonly attempts: readonly AttemptRecord[];
  /** The monotonic clock when the step began. */
  readonly begun: number;
  readonly result: Result;
  readonly scope: StepScope;
}

/** Records the end of a step and says whether it stands in the way of those after it. */
export const completed = async (ended: Ended): Promise<Failure | undefined> => {
  const { step, frame, path, result } = ended;
  const { run } = frame;
  if (!frame.cleaning) run.checks += result.checks;
  if (result.status === 'passed') {
    rememberPassed(step, frame, result);
    await run.recordStep(completedEvent(ended, undefined));
    return undefined;
  }
  const failed = failureOf(path, result);
  const excuse = excuseFor(step, frame, failed);
  rememberFailed(step, frame, result, failed);
  await run.recordStep(completedEvent(ended, excuse ?? (failed.defect ? undefined : frame.excuse)));
  const second = await runErrorSteps(step, frame, failed);
  if (excuse === undefined) return failed;
  run.excused.push(`${path}: ${failed.message}`);
  return second;
};

export const skipped = async (step: Step, frame: Frame, path: StepPath, reason: string): Promise<undefined> => {
  frame.memory.missed(step, 'was skipped');
  remember(step, frame, 'skipped', () => ({ output: {} }), `${step.id} has no result, it was skipped`);
  await frame.run.recordStep({
    type: 'StepCompleted',
    ...identity(step, path, frame),
    status: 'skipped',
    reason,
    excused: false,
    attempts: [],
    durationMs: 0,
    assertions: [],
    checks: 0,
    captured: {},
  });
};

const completedEvent = (
  { step, frame, path, attempts, begun, result, scope }: Ended,
  excuse: string | undefined,
): StepCompleted => ({
  type: 'StepCompleted',
  ...identity(step, path, frame),
  status: result.status,
  ...(excuse !== undefined && { reason: excuse }),
  excused: excuse !== undefined,
  attempts,
  durationMs: frame.run.ports.clock.monotonic() - begun,
  assertions: result.assertions,
  checks: result.checks,
  ...(result.output && { output: result.output }),
  captured: Object.fromEntries(result.captured),
  ...(scope.drawn.length > 0 && { drawn: scope.drawn }),
  ...(result.error && { error: result.error }),
  ...(result.exchange && { exchange: result.exchange }),
});

const failureOf = (path: StepPath, { status, error, assertions }: Result): Failure => ({
  path,
  status: status === 'passed' ? 'failed' : status,
  message: error?.message ?? failedAssertions(assertions),
  error,
  defect: error?.defect ?? false,
});

const failedAssertions = (assertions: Result['assertions']): string => {
  const [first, ...others] = assertions.filter(({ passed }) => !passed);
  if (!first) return 'its assertions do not hold';
  return others.length === 0 ? failureText(first) : `${failureText(first)} (and ${others.length} more)`;
};

const excuseFor = (step: Step, frame: Frame, { defect }: Failure): string | undefined =>
  step.onError === 'continue' && !defect && !frame.signal.aborted ? 'on_error: continue' : undefined;

const rememberPassed = (step: Step, frame: Frame, { output = {}, captured }: Result): void => {
  for (const [name, value] of captured) keep(frame, frame.memory.captured, name, value);
  frame.flowRun.learnt += captured.size;
  remember(step, frame, 'passed', () => seen(output, captured));
};

const rememberFailed = (step: Step, frame: Frame, { status, output, captured }: Result, failed: Failure): void => {
  for (const [name, value] of captured) keep(frame, frame.memory.salvaged, name, value);
  frame.memory.missed(step, 'failed');
  const view = () => ({ error: errorView(failed), ...seen(output ?? {}, captured) });
  remember(step, frame, status, view, output ? undefined : `${step.id} has no result, it failed`);
};

const seen = (output: ValueMap, captured: Result['captured']): ValueMap => {
  const all = { ...Object.fromEntries(captured), ...output };
  return { output: all, ...all };
};

const keep = (frame: Frame, into: Map<string, Value>, name: string, value: Value): void => {
  if (frame.flowRun.secretNames.has(name)) frame.run.masker.addSecret(value);
  into.set(name, value);
};

const remember = (step: Step, frame: Frame, status: StepStatus, seenAs: () => ValueMap, without?: string): void => {
  if (!step.named || !frame.flowRun.mentions(step.id)) return;
  const view = { status, ...seenAs() };
  frame.memory.results.set(step.id, { view, status, ...(without !== undefined && { without }) });
};

const errorView = ({ error, message }: Failure): ValueMap => ({ code: error?.code ?? 'TM5010', message });

const runErrorSteps = async (step: Step, frame: Frame, failed: Failure): Promise<Failure | undefined> => {
  if (step.errorSteps.length === 0 || frame.signal.aborted) return undefined;
  const memory = new Memory(frame.memory, { cleaning: true });
  const values = new Map<string, Value>([
    ['error', errorView(failed)],
    ['failed_step', { id: step.id, action: step.action, status: failed.status }],
  ]);
  const inner: Frame = {
    ...frame,
    memory,
    locals: { values, parent: frame.locals },
    prefix: `${failed.path}/on_error/`,
    parent: failed.path,
  };
  const outcome = await frame.runSteps(step.errorSteps, inner);
  frame.memory.absorb(memory);
  return outcome;
};
