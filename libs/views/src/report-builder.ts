import type { RunEvent, StepCompleted, StepPath } from '@testmesh/domain';
import { type Projection, project } from './projection.ts';
import type { RunReport, StepReport } from './run-report.ts';

// The fold behind RunReport.
// B1. Equal events give equal reports; nothing is read but the events.
// B2. Taking an event costs the same after ten steps and after ten thousand: steps are kept by path, the tree is made on demand.

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
    status: 'running',
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
    RunStarted: (state, { seed, plan }) => {
      for (const step of plan) state.steps.set(step.path, notRun(step));
      return { ...state, report: { ...state.report, seed }, plan: plan.map(({ path }) => path) };
    },
    SourceRecorded: (state, { file, text }) => {
      state.sources[file] = text;
      return state;
    },
    StepStarted: (state, event) => {
      state.steps.set(event.path, { ...notRun(event), status: 'running' });
      return state;
    },
    StepCompleted: (state, event) => {
      state.steps.set(event.path, completed(event));
      if (event.parent !== undefined) siblings(state, event.parent).push(event.path);
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

/** The report of what has happened so far. */
export const reportOf = (state: ReportState): RunReport => ({
  ...state.report,
  sources: state.sources,
  steps: state.plan.flatMap((path) => stepAt(state, path)),
});

/** The report of a whole run from its events. */
export const foldRun = (runId: string, events: Iterable<RunEvent>): RunReport => {
  const projection = runReport(runId);
  let state = projection.initial;
  for (const event of events) state = project(projection, state, event);
  return reportOf(state);
};

const siblings = (state: ReportState, parent: StepPath): StepPath[] => {
  const known = state.nested.get(parent);
  if (known !== undefined) return known;
  const fresh: StepPath[] = [];
  state.nested.set(parent, fresh);
  return fresh;
};

const stepAt = (state: ReportState, path: StepPath): readonly StepReport[] => {
  const step = state.steps.get(path);
  if (step === undefined) return [];
  const nested = state.nested.get(path);
  return [nested === undefined ? step : { ...step, steps: nested.flatMap((inner) => stepAt(state, inner)) }];
};

type Identity = Pick<StepReport, 'path' | 'id' | 'phase' | 'action' | 'span'> & { readonly title?: string };

const notRun = ({ path, id, title, phase, action, span }: Identity): StepReport => ({
  path,
  id,
  ...(title !== undefined && { title }),
  phase,
  action,
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
