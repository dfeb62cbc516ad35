import type { RecordedEvent, RunEvent, RunStatus, RunTrigger, StepPath, Verdict } from '@testmesh/domain';
import { runDecider, runEventOf } from '@testmesh/domain';

// One line of a list of runs: what lists show, filter and sort by. Folded from the events and the times the journal gave them.
// W1. Equal events give equal rows; nothing is read but the events.
// W2. Only steps of the plan are counted: a loop of a thousand rounds is one step.

export interface RunRow {
  readonly runId: string;
  readonly workspace: string;
  /** Of the stored flow; null for a flow that came with the request. */
  readonly flowId: string | null;
  readonly flowName: string;
  readonly flowFile: string;
  readonly environment: string | null;
  readonly tags: readonly string[];
  readonly pool: string;
  readonly trigger: RunTrigger;
  readonly requestedBy: string;
  readonly status: RunStatus;
  readonly verdict: Verdict | null;
  /** Why it ended as it did, or why it is parked. */
  readonly reason: string | null;
  readonly errorCode: string | null;
  readonly executor: string | null;
  /** Microseconds since 1970, as the journal counts. */
  readonly requestedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly durationMs: number | null;
  readonly totalSteps: number;
  readonly passedSteps: number;
  readonly failedSteps: number;
  /** The version of the run's stream that this row tells of. */
  readonly ver: number;
}

/** What is known between two events; `rowOf` is the part that people see. */
export interface RunRowState {
  readonly row: RunRow | undefined;
  readonly life: typeof runDecider.initial;
  readonly planned: ReadonlySet<StepPath>;
}

export const emptyRunRow: RunRowState = { row: undefined, life: runDecider.initial, planned: new Set() };

/** The state after one more event of the run's stream; `event` is the fact in it, for whoever has read it already. */
export const nextRunRow = (
  state: RunRowState,
  recorded: RecordedEvent,
  event: RunEvent = runEventOf(recorded),
): RunRowState => {
  const life = runDecider.evolve(state.life, event);
  if (event.type === 'RunRequested') return { row: requested(event, recorded), life, planned: new Set() };
  if (state.row === undefined) return { ...state, life };
  const row = { ...state.row, ...changed(state, event, recorded), ...statusOf(life), ver: recorded.ver };
  return { row, life, planned: plannedAfter(state.planned, event) };
};

/** The row of a run from its whole history; undefined for a stream that is no run's. */
export const foldRunRow = (events: Iterable<RecordedEvent>): RunRow | undefined => {
  let state = emptyRunRow;
  for (const event of events) state = nextRunRow(state, event);
  return state.row;
};

type Requested = Extract<RunEvent, { readonly type: 'RunRequested' }>;

const requested = (event: Requested, { stream, workspace, actor, at, ver }: RecordedEvent): RunRow => ({
  runId: stream.slice('run-'.length),
  workspace,
  flowId: event.flow.id ?? null,
  flowName: event.flow.name,
  flowFile: event.flow.file,
  environment: event.environment ?? null,
  tags: event.tags,
  pool: event.pool ?? 'default',
  trigger: event.trigger ?? { kind: 'api' },
  requestedBy: actor,
  status: 'queued',
  verdict: null,
  reason: null,
  errorCode: null,
  executor: null,
  requestedAt: at,
  startedAt: null,
  finishedAt: null,
  durationMs: null,
  totalSteps: 0,
  passedSteps: 0,
  failedSteps: 0,
  ver,
});

const statusOf = (life: RunRowState['life']): Partial<RunRow> =>
  life.status === 'absent' ? {} : { status: life.status };

const nothing = { startedAt: null, totalSteps: 0, passedSteps: 0, failedSteps: 0 };

const changed = ({ row, planned }: RunRowState, event: RunEvent, { at }: RecordedEvent): Partial<RunRow> => {
  switch (event.type) {
    case 'RunClaimed':
      return { executor: event.executor, reason: null };
    case 'RunParked':
      return { reason: event.reason };
    case 'RunRestarted':
      return nothing;
    case 'RunStarted':
      return { startedAt: at, totalSteps: event.plan.length };
    case 'StepCompleted':
      return row !== undefined && planned.has(event.path) ? counted(row, event) : {};
    case 'RunCompleted': {
      const { verdict, reason, error, durationMs } = event;
      const known = { verdict, reason: reason ?? null, errorCode: error?.code ?? null, finishedAt: at };
      return { ...known, durationMs: durationMs === 0 ? sinceBegun(row, at) : durationMs };
    }
    default:
      return {};
  }
};

/** Of a run that was ended while nobody ran it, by the journal's clock. */
const sinceBegun = (row: RunRow | undefined, at: number): number =>
  typeof row?.startedAt === 'number' ? Math.max(0, at - row.startedAt) / 1000 : 0;

type Completed = Extract<RunEvent, { readonly type: 'StepCompleted' }>;

const counted = ({ passedSteps, failedSteps }: RunRow, { status }: Completed): Partial<RunRow> => {
  if (status === 'passed') return { passedSteps: passedSteps + 1 };
  return status === 'skipped' ? {} : { failedSteps: failedSteps + 1 };
};

const plannedAfter = (planned: ReadonlySet<StepPath>, event: RunEvent): ReadonlySet<StepPath> => {
  if (event.type === 'RunStarted') return new Set(event.plan.map(({ path }) => path));
  return event.type === 'RunRestarted' ? new Set() : planned;
};
