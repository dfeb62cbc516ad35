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

/** As JSON without what no text of a database holds: NUL and half a surrogate pair, which are shown as a mark. */
export const outlineJson = (outlines: readonly StepOutline[]): string => {
  const json = JSON.stringify(outlines);
  return NOT_HELD.test(json) ? json.replaceAll(ESCAPE, (all, notHeld) => (notHeld ? '\\ufffd' : all)) : json;
};

/** Of pairs the serialiser escapes only halves. */
const NOT_HELD = /\\u(?:0000|d[89a-f][0-9a-f]{2})/;
/** Any escape, so that an escaped backslash is not taken for the beginning of one. */
const ESCAPE = /\\(?:u(0000|d[89a-f][0-9a-f]{2})|.)/g;

const isoOrNull = (micros: number | undefined): string | null => (micros === undefined ? null : isoOf(micros));

/** To the millisecond. Steps follow each other within a second, and it is the Date that takes the time: 2.5 µs each. */
const isoOf = (micros: number): string => {
  const second = Math.floor(micros / 1_000_000);
  if (spelt.second !== second) spelt = { second, text: new Date(second * 1000).toISOString().slice(0, -4) };
  const rest = Math.floor(micros / 1000) - second * 1000;
  return `${spelt.text}${String(rest).padStart(3, '0')}Z`;
};

/** The second that was spelt last, up to its point: the same text for the same second, whoever asks. */
let spelt = { second: Number.NaN, text: '' };
