import { streamOf } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import type { RecordedEvent } from '@testmesh/domain';
import { foldRunRow, type RunRow, type StepTime, takeStepTime } from '@testmesh/views';
import type { RunDeps } from './deps.ts';

/** A run as its journal tells it. */
export interface RunHistory {
  readonly runId: string;
  readonly events: readonly RecordedEvent[];
  readonly row: RunRow;
}

/** Refuses a run that is not the workspace's as one that does not exist. */
const noRun = (runId: string): Problem => new Problem('not-found', `there is no execution ${runId}`);

/** A run's whole history, or its first `at` events. */
export const readHistory = async (
  { journal }: RunDeps,
  workspace: string,
  runId: string,
  at = Number.POSITIVE_INFINITY,
): Promise<RunHistory> => {
  const events: RecordedEvent[] = [];
  for await (const event of journal.read(streamOf(runId))) {
    if (event.workspace !== workspace) throw noRun(runId);
    if (event.ver > at) break;
    events.push(event);
  }
  const row = foldRunRow(events);
  if (row === undefined) throw noRun(runId);
  return { runId, events, row };
};

/** Refuses unless the run is the workspace's; reads one event. */
export const demandRun = async (
  { journal }: { readonly journal: Pick<RunDeps['journal'], 'read'> },
  workspace: string,
  runId: string,
): Promise<RecordedEvent> => {
  for await (const event of journal.read(streamOf(runId))) {
    if (event.workspace === workspace && event.type === 'RunRequested') return event;
    break;
  }
  throw noRun(runId);
};

/** When each step began and ended, by its path. */
export const stepTimes = (events: readonly RecordedEvent[]): ReadonlyMap<string, StepTime> => {
  const times = new Map<string, StepTime>();
  for (const event of events) takeStepTime(times, event);
  return times;
};

/** A run as it is now: its view when nothing was recorded since, else folded from the journal. */
export const currentRow = async (deps: RunDeps, workspace: string, runId: string): Promise<RunRow> => {
  const row = (await deps.runs.byRunIds(workspace, [runId])).get(runId);
  const isCurrent = row !== undefined && (row.status === 'finished' || !(await goesOnAfter(deps, row)));
  return isCurrent ? row : (await readHistory(deps, workspace, runId)).row;
};

const goesOnAfter = async ({ journal }: RunDeps, { runId, ver }: RunRow): Promise<boolean> => {
  for await (const _event of journal.read(streamOf(runId), ver)) return true;
  return false;
};
