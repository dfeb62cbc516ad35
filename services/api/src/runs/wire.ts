import type { RecordedEvent, RunStatus, Verdict } from '@testmesh/domain';
import type { RunRow, StepOutline, StepReport } from '@testmesh/views';
import * as z from 'zod';

// Runs as they go over the wire, where they are called executions. `status` speaks the words that older clients know;
// `state` and `verdict` are the run's own.

const legacyStatus = z.enum(['pending', 'running', 'completed', 'failed', 'cancelled']);
type LegacyStatus = z.infer<typeof legacyStatus>;

const runStates = ['queued', 'running', 'parked', 'finished'] as const satisfies readonly RunStatus[];
export const runVerdicts = [
  'passed',
  'failed',
  'error',
  'cancelled',
  'timed_out',
] as const satisfies readonly Verdict[];

const instant = z.iso.datetime({ precision: 3 });

export const execution = z
  .object({
    id: z.guid(),
    workspace_id: z.guid(),
    flow_id: z.string().nullable().describe('null for a flow that came with the request'),
    flow_name: z.string(),
    flow_file: z.string(),
    status: legacyStatus,
    state: z.enum(runStates),
    verdict: z.enum(runVerdicts).nullable().describe('null until the run is finished'),
    error: z.string().nullable().describe('why it did not pass, or why it is parked'),
    error_code: z.string().nullable(),
    environment: z.string().nullable(),
    pool: z.string(),
    tags: z.array(z.string()),
    trigger_type: z.enum(['api', 'schedule', 'suite', 'dataset', 'rerun', 'webhook']),
    trigger_ref: z.string().nullable(),
    requested_by: z.string(),
    executor: z.string().nullable(),
    requested_at: instant,
    started_at: instant.nullable(),
    finished_at: instant.nullable(),
    duration_ms: z.number().nullable(),
    total_steps: z.int(),
    passed_steps: z.int(),
    failed_steps: z.int(),
    trace_id: z.string(),
    version: z.int().describe('events of the run so far; where a stream may go on from'),
    waiting_for: z
      .string()
      .nullish()
      .describe('of a single run: what a run that waits needs somebody to do, as when nobody takes runs of its pool'),
  })
  .meta({ id: 'Execution' });

const VERDICT_STATUS: Readonly<Record<Verdict, LegacyStatus>> = {
  passed: 'completed',
  failed: 'failed',
  error: 'failed',
  timed_out: 'failed',
  cancelled: 'cancelled',
};

const STATE_STATUS: Readonly<Record<Exclude<RunStatus, 'finished'>, LegacyStatus>> = {
  queued: 'pending',
  parked: 'pending',
  running: 'running',
};

export const isoTime = (micros: number): string => new Date(micros / 1000).toISOString();
const isoOrNull = (micros: number | null): string | null => (micros === null ? null : isoTime(micros));

/** Milliseconds down to the microsecond: what was recorded before had the digits of its arithmetic. */
export const shownMs = <Ms extends number | null>(ms: Ms): Ms =>
  (ms === null ? ms : Math.round(ms * 1000) / 1000) as Ms;

export const executionOf = (row: RunRow): z.input<typeof execution> => ({
  id: row.runId,
  workspace_id: row.workspace,
  flow_id: row.flowId,
  flow_name: row.flowName,
  flow_file: row.flowFile,
  status: row.status === 'finished' ? VERDICT_STATUS[row.verdict ?? 'error'] : STATE_STATUS[row.status],
  state: row.status,
  verdict: row.verdict,
  error: row.verdict === 'passed' ? null : row.reason,
  error_code: row.errorCode,
  environment: row.environment,
  pool: row.pool,
  tags: [...row.tags],
  trigger_type: row.trigger.kind,
  trigger_ref: row.trigger.id ?? null,
  requested_by: row.requestedBy,
  executor: row.executor,
  requested_at: isoTime(row.requestedAt),
  started_at: isoOrNull(row.startedAt),
  finished_at: isoOrNull(row.finishedAt),
  duration_ms: shownMs(row.durationMs),
  total_steps: row.totalSteps,
  passed_steps: row.passedSteps,
  failed_steps: row.failedSteps,
  trace_id: row.runId.replaceAll('-', ''),
  version: row.ver,
});

/** What `?status=` takes: the older words and the run's own states. */
export const statusFilter = z.enum([...new Set([...legacyStatus.options, ...runStates])]);

/** A status word as states and verdicts. */
export const filterOf = (
  word: z.infer<typeof statusFilter> | undefined,
): { readonly status?: RunStatus; readonly verdicts?: readonly Verdict[] } => {
  switch (word) {
    case undefined:
      return {};
    case 'pending':
      return { status: 'queued' };
    case 'completed':
    case 'failed':
    case 'cancelled':
      return { status: 'finished', verdicts: runVerdicts.filter((verdict) => VERDICT_STATUS[verdict] === word) };
    default:
      return { status: word };
  }
};

const value = z.json().meta({ id: 'Json' });

export const stepBody = z
  .object({
    id: z.string().describe('the path of the step within the run: `loop[2]/check`'),
    execution_id: z.guid(),
    step_id: z.string(),
    step_name: z.string(),
    parent: z.string().nullable(),
    phase: z.enum(['setup', 'steps', 'teardown']),
    action: z.string(),
    plugin: z.string().optional().describe('the plugin that brought the action'),
    status: z.enum(['pending', 'running', 'completed', 'failed', 'skipped']),
    state: z.enum(['passed', 'failed', 'error', 'skipped', 'running', 'not run']),
    reason: z.string().nullable(),
    excused: z.boolean(),
    attempt: z.int(),
    attempts: z.array(value),
    started_at: instant.nullable(),
    finished_at: instant.nullable(),
    duration_ms: z.number(),
    assertions: z.array(value),
    output: value.nullable(),
    captured: z.record(z.string(), value),
    error_message: z.string().nullable(),
    error_code: z.string().nullable(),
    exchange: value.nullable(),
    file: z.string(),
    line: z.int(),
  })
  .meta({ id: 'ExecutionStep' });

export const stepOutlineBody = stepBody
  .omit({ attempts: true, assertions: true, output: true, captured: true, exchange: true })
  .meta({ id: 'ExecutionStepOutline' });

export type Step = Readonly<Record<string, unknown>>;

/** Every step with those within it, in the order of the report, which is that of its outlines. */
export const stepsOf = (steps: readonly StepReport[], outlines: readonly StepOutline[]): readonly Step[] =>
  allOf(steps).map((step, at) => ({
    ...outlines[at],
    attempts: step.attempts,
    assertions: step.assertions,
    output: step.output ?? null,
    captured: step.captured,
    exchange: step.exchange ?? null,
  }));

const allOf = (steps: readonly StepReport[]): readonly StepReport[] =>
  steps.flatMap((step) => [step, ...allOf(step.steps)]);

export const eventBody = z
  .object({
    seq: z.int().describe('1, 2, 3 … within the run'),
    id: z.string(),
    type: z.string(),
    schema_version: z.int(),
    actor: z.string(),
    epoch: z.int().describe('the claim under which it was written'),
    time: instant.describe("the writer's clock"),
    recorded_at: instant.describe("the journal's clock"),
    data: z.record(z.string(), value),
  })
  .meta({ id: 'ExecutionEvent' });

export const eventOf = (event: RecordedEvent): Readonly<Record<string, unknown>> => ({
  seq: event.ver,
  id: event.id,
  type: event.type,
  schema_version: event.sv,
  actor: event.actor,
  epoch: event.epoch,
  time: isoTime(event.time),
  recorded_at: isoTime(event.at),
  data: event.data,
});
