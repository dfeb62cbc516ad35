import { transcode } from 'node:buffer';
import { canonicalJson, type RecordedEvent, runEventOf, type Value } from '@testmesh/domain';
import {
  coverageOf,
  emptyRunRow,
  nextRunRow,
  outlineJson,
  project,
  type ReportState,
  type RunReport,
  type RunRowState,
  reportOf,
  runReport,
  type StepTime,
  stepOutlines,
  takeStepTime,
} from '@testmesh/views';
import type { StreamView } from './stream-view.ts';

/** What is known of a run so far; report and times are changed in place and belong to this state alone. */
export interface RunViewState {
  readonly runId: string;
  readonly projection: ReturnType<typeof runReport>;
  readonly report: ReportState;
  readonly row: RunRowState;
  readonly times: Map<string, StepTime>;
  readonly attempt: number;
}

/** The run's report as people read it, and a row for lists. */
export const runView: StreamView<RunViewState> = {
  accepts: (stream) => stream.startsWith('run-'),

  initial(stream) {
    const runId = stream.slice('run-'.length);
    const projection = runReport(runId);
    return { runId, projection, report: projection.initial, row: emptyRunRow, times: new Map(), attempt: 0 };
  },

  next(state, recorded) {
    const event = runEventOf(recorded);
    takeStepTime(state.times, recorded);
    return {
      ...state,
      report: project(state.projection, state.report, event),
      row: nextRunRow(state.row, recorded, event),
      attempt: event.type === 'RunClaimed' ? event.attempt : state.attempt,
    };
  },

  isWhole: ({ row }) => row.row?.status === 'finished',
  columns: columnsOf,
  bytes: ({ report }) => bytesOf(reportOf(report)),
  outline: ({ runId, report, times }) => outlineJson(stepOutlines(reportOf(report).steps, runId, times)),
  targets: ({ report }) => coverageOf(report.report, report.steps.values()),
  words: ({ report }) => [...report.steps.values()].flatMap(wordsOf).join(' '),
};

/** The bytes by which a stored view and the history behind it are compared. */
const bytesOf = (report: RunReport): Uint8Array => utf8Of(canonicalJson(report as unknown as Value));

/** Node takes five times as long where a text goes to UTF-8 at once and one character of it is no latin1, as `→` is. */
const utf8Of = (wellFormed: string): Uint8Array => transcode(Buffer.from(wellFormed, 'utf16le'), 'utf16le', 'utf8');

function columnsOf({ row: { row }, report, attempt }: RunViewState): ReturnType<StreamView<RunViewState>['columns']> {
  if (row === undefined) throw new Error('a run begins with RunRequested, and this one does not');
  return {
    workspace: row.workspace,
    run_id: row.runId,
    flow_id: row.flowId,
    flow_name: row.flowName,
    file: row.flowFile,
    environment: row.environment,
    status: row.status,
    verdict: row.verdict,
    reason: row.reason,
    error_code: row.errorCode,
    requested_by: row.requestedBy,
    requested_at: row.requestedAt,
    started_at: row.startedAt,
    finished_at: row.finishedAt,
    duration_ms: row.durationMs,
    steps_total: row.totalSteps,
    steps_passed: row.passedSteps,
    steps_failed: row.failedSteps,
    steps_skipped: report.plan.filter((path) => report.steps.get(path)?.status === 'skipped').length,
    attempt,
    trigger_kind: row.trigger.kind,
    trigger_id: row.trigger.id ?? null,
    pool: row.pool,
    executor: row.executor,
    tags: JSON.stringify(row.tags),
  };
}

const wordsOf = ({ id, error }: RunReport['steps'][number]): readonly string[] =>
  [id, error?.message, error?.code].filter((word) => word !== undefined);

/** The view of a run after these events. */
export const runViewOf = (stream: string, events: Iterable<RecordedEvent>): RunViewState => {
  let state = runView.initial(stream);
  for (const event of events) state = runView.next(state, event);
  return state;
};
