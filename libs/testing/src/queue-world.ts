import { type Envelope, type RecordedEvent, type RunState, runDecider, runEventOf } from '@testmesh/domain';
import type { Journal, QueuedRun, RunQueue } from '@testmesh/ports';

/** What a queue knows of a run that has not ended. */
export interface QueueRow {
  readonly runId: string;
  readonly state: RunState;
}

/** A queue under test, over an empty journal, with what a test may do to it from outside. */
export interface QueueWorld {
  readonly journal: Journal;
  readonly queue: RunQueue;
  readonly rows: () => Promise<readonly QueueRow[]>;
  /** Lets the lease of every run that is held end now. */
  readonly endLeases: () => Promise<void>;
  readonly limit: (workspace: string, maxRunning: number) => Promise<void>;
  /** Microseconds, by the queue's own clock. */
  readonly now: () => Promise<number>;
}

export const runIdOf = (number: number): string => `019aa000-0000-7000-8000-${String(number).padStart(12, '0')}`;

export const streamOf = (runId: string): string => `run-${runId}`;

/** A run to be queued; equal numbers give equal runs. */
export const queuedRun = (number: number, over: Partial<Omit<QueuedRun, 'event'>> = {}): QueuedRun => {
  const run = { runId: runIdOf(number), workspace: 'acme', pool: 'default', priority: 0, exclusive: [], ...over };
  const data = {
    flow: { name: 'checkout', file: 'checkout.yaml', hash: 'f0' },
    variables: {},
    tags: [],
    trigger: { kind: 'api' },
  };
  return { ...run, event: runEvent(run.runId, { id: `request-${number}`, type: 'RunRequested', epoch: 0, data }) };
};

/** An event of a run, as its owner or another writer would append it. */
export const runEvent = (runId: string, over: Partial<Envelope>): Envelope => ({
  id: `${runId}/${over.epoch}/${over.type}`,
  stream: streamOf(runId),
  type: 'StepStarted',
  sv: 1,
  workspace: 'acme',
  epoch: 1,
  actor: 'test',
  time: 1_900_000_000_000_000,
  data: {},
  ...over,
});

export const runCompleted = (runId: string, epoch: number): Envelope =>
  runEvent(runId, {
    epoch,
    type: 'RunCompleted',
    data: { verdict: 'passed', teardown: { status: 'none' }, outputs: {}, durationMs: 1 },
  });

export const historyOf = async (journal: Journal, runId: string): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const event of journal.read(streamOf(runId))) events.push(event);
  return events;
};

/** The run's state as its history tells it. */
export const foldedState = async (journal: Journal, runId: string): Promise<RunState> =>
  (await historyOf(journal, runId)).map(runEventOf).reduce(runDecider.evolve, runDecider.initial);
