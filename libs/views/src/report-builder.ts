import type { RunEvent, StepCompleted, StepPath } from '@testmesh/domain';
import { type Projection, project } from './projection.ts';
import type { EnvironmentReport, RunReport, StepReport } from './run-report.ts';

// The fold behind RunReport.
// B1. Equal events give equal reports; nothing is read but the events.
// B2. Taking an event costs the same after ten steps and after ten thousand: steps are kept by path, the tree is made on demand.
// B3. Of a wait's rounds the report keeps the last one; of a step's attempts, the nested steps of the last one.
// B4. A planned step that was never reached says what stood in the way.
// B5. Of a run that began anew only the request and the texts of its files remain.

/** What is known of a run so far; `reportOf` turns it into what people look at. */
export interface ReportState {
  readonly report: Omit<RunReport, 'steps' | 'sources'>;
  readonly sources: Record<string, string>;
  readonly plan: readonly StepPath[];
  readonly steps: Map<StepPath, StepReport>;
  /** Nested steps by the step they belong to, in the order they ended. */
  readonly nested: Map<StepPath, StepPath[]>;
}

const emptyState = (runId: string): ReportState => ({
  report: {
    runId,
    name: '',
    file: '',
    tags: [],
    seed: '',
    status: 'queued',
    durationMs: 0,
    teardown: { status: 'none' },
    outputs: {},
  },
  sources: {},
  plan: [],
  steps: new Map(),
  nested: new Map(),
});

/** The fold of one run's events; each state belongs to its caller alone, which is why steps may be added in place. */
export const runReport = (runId: string): Projection<ReportState, RunEvent> => ({
  name: 'run-report.v1',
  initial: emptyState(runId),
  on: {
    RunRequested: (state, { flow, environment, tags }) => ({
      ...state,
      report: {
        ...state.report,
        name: flow.name,
        file: flow.file,
        tags,
        ...(environment !== undefined && { environment }),
      },
    }),
    RunClaimed: (state) => withStatus(state, 'running'),
    RunLeaseExpired: (state) => withStatus(state, 'queued'),
    RunReleased: (state) => withStatus(state, 'queued'),
    RunParked: (state) => withStatus(state, 'parked'),
    RunUnparked: (state) => withStatus(state, 'queued'),
    EnvironmentAwaited: (state, { environment: id, context, status: waitsFor }) =>
      withEnvironment(state, { id, context, waitsFor }),
    EnvironmentEntered: (state, { environment: id, context, name, namespace, reused, waitedMs, routes }) =>
      withEnvironment(state, { id, context, name, namespace, reused, waitedMs, routes }),
    // B5.
    RunRestarted: ({ report: { testEnvironment: _, ...report }, sources }) => ({
      ...emptyState(runId),
      report: { ...report, seed: '' },
      sources,
    }),
    RunStarted: (state, { seed, plan }) => {
      for (const step of plan) state.steps.set(step.path, notRun(step));
      return { ...state, report: { ...state.report, seed, status: 'running' }, plan: plan.map(({ path }) => path) };
    },
    SourceRecorded: (state, { file, text }) => {
      state.sources[file] = text;
      return state;
    },
    StepStarted: (state, event) => {
      state.nested.delete(event.path);
      state.steps.set(event.path, { ...notRun(event), status: 'running' });
      return state;
    },
    StepCompleted: (state, event) => {
      state.steps.set(event.path, completed(event));
      if (event.parent !== undefined) addNested(state, event.parent, event.path);
      return state;
    },
    RunCompleted: (state, { verdict, reason, error, teardown, outputs, durationMs }) => ({
      ...state,
      report: {
        ...state.report,
        status: 'finished',
        verdict,
        teardown,
        outputs,
        durationMs,
        ...(reason !== undefined && { reason }),
        ...(error !== undefined && { error }),
      },
    }),
  },
});

const withStatus = (state: ReportState, status: RunReport['status']): ReportState => ({
  ...state,
  report: { ...state.report, status },
});

const withEnvironment = (state: ReportState, testEnvironment: EnvironmentReport): ReportState => ({
  ...state,
  report: { ...state.report, testEnvironment },
});

/** The report of what has happened so far. */
export const reportOf = (state: ReportState): RunReport => ({
  ...state.report,
  sources: state.sources,
  steps: explained(
    state.plan.flatMap((path) => stepAt(state, path)),
    state.report,
  ),
});

const explained = (steps: readonly StepReport[], report: ReportState['report']): readonly StepReport[] => {
  if (report.status !== 'finished') return steps;
  const inTheWay = steps.find((step) => (step.status === 'failed' || step.status === 'error') && !step.excused);
  const stopped = report.verdict === 'cancelled' || report.verdict === 'timed_out';
  const reason = stopped || inTheWay === undefined ? report.reason : `${inTheWay.id} failed`;
  if (reason === undefined) return steps;
  return steps.map((step) => (step.status === 'not run' ? { ...step, reason } : step));
};

/** The report of a whole run from its events. */
export const foldRun = (runId: string, events: Iterable<RunEvent>): RunReport => {
  const projection = runReport(runId);
  let state = projection.initial;
  for (const event of events) state = project(projection, state, event);
  return reportOf(state);
};

const addNested = (state: ReportState, parent: StepPath, path: StepPath): void => {
  const known = state.nested.get(parent) ?? [];
  const waiting = state.steps.get(parent)?.action === 'wait_until';
  const kept = waiting && known[0] !== undefined && roundOf(known[0], parent) !== roundOf(path, parent) ? [] : known;
  kept.push(path);
  state.nested.set(parent, kept);
};

/** `[2]` of `poll[2]/check` inside `poll`. */
const roundOf = (path: StepPath, parent: StepPath): string => path.slice(parent.length).split('/', 1)[0] ?? '';

const stepAt = (state: ReportState, path: StepPath): readonly StepReport[] => {
  const step = state.steps.get(path);
  if (step === undefined) return [];
  const nested = state.nested.get(path);
  return [nested === undefined ? step : { ...step, steps: nested.flatMap((inner) => stepAt(state, inner)) }];
};

type Identity = Pick<StepReport, 'path' | 'id' | 'phase' | 'action' | 'span'> & {
  readonly title?: string;
  readonly plugin?: string;
};

const notRun = ({ path, id, title, phase, action, plugin, span }: Identity): StepReport => ({
  path,
  id,
  ...(title !== undefined && { title }),
  phase,
  action,
  ...(plugin !== undefined && { plugin }),
  span,
  status: 'not run',
  excused: false,
  attempts: [],
  durationMs: 0,
  assertions: [],
  checks: 0,
  captured: {},
  steps: [],
});

const completed = ({ type: _type, parent: _parent, ...step }: StepCompleted): StepReport => ({ ...step, steps: [] });
