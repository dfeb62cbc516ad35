import type { StepReport } from './run-report.ts';
import type { StepTime } from './step-times.ts';

const LEGACY_STATUS = {
  passed: 'completed',
  failed: 'failed',
  error: 'failed',
  skipped: 'skipped',
  running: 'running',
  'not run': 'pending',
} as const satisfies Readonly<Record<StepReport['status'], string>>;

/** A step without what was sent, answered and asserted: what a page shows of a run before somebody looks into a step. */
export interface StepOutline {
  /** The path of the step within the run. */
  readonly id: string;
  readonly execution_id: string;
  readonly step_id: string;
  readonly step_name: string;
  /** The path of the step that it is within. */
  readonly parent: string | null;
  readonly phase: StepReport['phase'];
  readonly action: string;
  /** What brought the action, where that was a plugin. */
  readonly plugin?: string;
  readonly status: (typeof LEGACY_STATUS)[StepReport['status']];
  readonly state: StepReport['status'];
  readonly reason: string | null;
  readonly excused: boolean;
  /** How many attempts it took, 1 at least. */
  readonly attempt: number;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly duration_ms: number;
  readonly error_message: string | null;
  readonly error_code: string | null;
  readonly file: string;
  readonly line: number;
}

export const stepOutline = (
  step: StepReport,
  runId: string,
  times: ReadonlyMap<string, StepTime>,
  parent: string | null,
): StepOutline => {
  const { startedAt, finishedAt } = times.get(step.path) ?? {};
  return {
    id: step.path,
    execution_id: runId,
    step_id: step.id,
    step_name: step.title ?? step.id,
    parent,
    phase: step.phase,
    action: step.action,
    ...(step.plugin !== undefined && { plugin: step.plugin }),
    status: LEGACY_STATUS[step.status],
    state: step.status,
    reason: step.reason ?? null,
    excused: step.excused,
    attempt: Math.max(1, step.attempts.length),
    started_at: isoOrNull(startedAt),
    finished_at: isoOrNull(finishedAt),
    duration_ms: step.durationMs,
    error_message: step.error?.message ?? null,
    error_code: step.error?.code ?? null,
    file: step.span.file,
    line: step.span.line,
  };
};

/** Every step with those within it, in the order of the report. */
export const stepOutlines = (
  steps: readonly StepReport[],
  runId: string,
  times: ReadonlyMap<string, StepTime>,
  parent: string | null = null,
): readonly StepOutline[] =>
  steps.flatMap((step) => [
    stepOutline(step, runId, times, parent),
    ...stepOutlines(step.steps, runId, times, step.path),
  ]);

const isoOrNull = (micros: number | undefined): string | null =>
  micros === undefined ? null : new Date(Math.floor(micros / 1000)).toISOString();
