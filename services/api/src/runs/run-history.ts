import { streamOf } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import type { RecordedEvent } from '@testmesh/domain';
import { foldRunRow, type RunRow } from '@testmesh/views';
import type { RunDeps } from './deps.ts';
import type { StepTimes } from './wire.ts';

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
export const demandRun = async ({ journal }: RunDeps, workspace: string, runId: string): Promise<RecordedEvent> => {
  for await (const event of journal.read(streamOf(runId))) {
    if (event.workspace === workspace && event.type === 'RunRequested') return event;
    break;
  }
  throw noRun(runId);
};

export const stepTimes = (events: readonly RecordedEvent[]): StepTimes => {
  const times = new Map<string, { startedAt?: number; finishedAt?: number }>();
  for (const { type, data, time } of events) {
    if (type !== 'StepStarted' && type !== 'StepCompleted') continue;
    const path = String(data['path']);
    const known = times.get(path);
    if (type === 'StepCompleted') times.set(path, { startedAt: time - stepMicros(data), ...known, finishedAt: time });
    // A step that is tried again began with its first attempt.
    else if (known?.startedAt === undefined || data['attempt'] === 1) times.set(path, { startedAt: time });
  }
  return times;
};

const stepMicros = ({ durationMs }: RecordedEvent['data']): number => Math.round(Number(durationMs) * 1000);
