import type { AttemptRecord, StepCompleted, StepPath } from '@testmesh/domain';
import type { Step } from '@testmesh/flow';
import type { Frame } from '../frame.ts';
import { EXCUSED } from '../past/past.ts';
import type { Failure } from '../run.ts';
import { runErrorSteps } from './error-steps.ts';
import { failureOf } from './failure-of.ts';
import { isLookedInto, rememberFailed, rememberPassed, rememberSkipped } from './remember.ts';
import { identity } from './started.ts';
import type { Result, Tried } from './work.ts';

// How a step ends. Invariants:
// E17. `on_error: continue` excuses a failed or impossible operation, never a defect of the flow and never an interruption; the run says what it excused.

export interface Ended extends Tried {
  readonly step: Step;
  readonly frame: Frame;
  readonly path: StepPath;
  readonly attempts: readonly AttemptRecord[];
  /** The monotonic clock when the step began. */
  readonly begun: number;
}

/** Records the end of a step and says whether it stands in the way of those after it. */
export const completed = async (ended: Ended): Promise<Failure | undefined> => {
  const { step, frame, path, result } = ended;
  const { run } = frame;
  if (!frame.cleaning) run.checks += result.checks;
  if (result.status === 'passed') {
    rememberPassed(step, frame, result);
    await run.recordStep(completedEvent(ended, undefined), isLookedInto(step, frame));
    return undefined;
  }
  const failed = failureOf(path, result);
  const excuse = excuseFor(step, frame, failed);
  rememberFailed(step, frame, result, failed);
  if (excuse !== undefined) run.excused.push(`${path}: ${failed.message}`);
  const event = completedEvent(ended, excuse ?? (failed.defect ? undefined : frame.excuse));
  await run.recordStep(event, isLookedInto(step, frame));
  const second = await runErrorSteps(step, frame, failed);
  return excuse === undefined ? failed : second;
};

export const skipped = async (step: Step, frame: Frame, path: StepPath, reason: string): Promise<undefined> => {
  rememberSkipped(step, frame);
  await frame.run.recordStep(
    {
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
    },
    false,
  );
};

const completedEvent = (
  { step, frame, path, attempts, begun, result, scope }: Ended,
  excuse: string | undefined,
): StepCompleted => ({
  type: 'StepCompleted',
  ...identity(step, path, frame),
  status: result.status,
  ...reasonOf(excuse, result),
  excused: excuse !== undefined,
  attempts,
  durationMs: toMicroseconds(frame.run.ports.clock.monotonic() - begun),
  assertions: result.assertions,
  checks: result.checks,
  ...(result.output && { output: result.output }),
  captured: Object.fromEntries(result.captured),
  ...(scope.drawn.length > 0 && { drawn: scope.drawn }),
  ...(result.error && { error: result.error }),
  ...(result.exchange && { exchange: result.exchange }),
});

/** A duration as it is recorded: the noise behind a microsecond would cost every reader of the journal its fast path. */
export const toMicroseconds = (ms: number): number => Math.round(ms * 1000) / 1000;

const reasonOf = (excuse: string | undefined, { reason }: Result): { readonly reason?: string } => {
  const said = excuse ?? reason;
  return said === undefined ? {} : { reason: said };
};

const excuseFor = (step: Step, frame: Frame, { defect }: Failure): string | undefined =>
  step.onError === 'continue' && !defect && !frame.signal.aborted ? EXCUSED : undefined;
