import type { EndedRuns, FeedCursor, JournalFigures, OutcomeStore, ViewSets, ViewStore } from '@testmesh/ports';
import type { Instruments } from './instruments.ts';

/** A reader of the journal whose lag is worth knowing. */
export interface WatchedReader {
  readonly name: string;
  readonly cursor: () => Promise<FeedCursor>;
  /** Since the oldest event after a place that it reads, where it does not read all of them. */
  readonly lagMs?: (cursor: FeedCursor) => Promise<number>;
  /** How many streams it has set aside. */
  readonly parked: () => Promise<number>;
}

/** Whoever keeps its place in the journal among the views: a projector, the relay. */
export const journalReader = (views: Pick<ViewStore, 'cursor' | 'parked'>, name: string): WatchedReader => ({
  name,
  cursor: () => views.cursor(name),
  parked: async () => (await views.parked(name)).size,
});

/** Whoever takes in how runs ended: schedules, suites and messages to people go by it. */
export const outcomesReader = (
  endedRuns: Pick<EndedRuns, 'lagMs'>,
  { cursor, setAside }: Pick<OutcomeStore, 'cursor' | 'setAside'>,
): WatchedReader => ({
  name: 'outcomes',
  cursor,
  lagMs: endedRuns.lagMs,
  parked: async () => (await setAside()).length,
});

/** The projector whose views are shown: which one that is may change. */
export const shownViewsReader = (
  views: Pick<ViewStore, 'cursor' | 'parked'>,
  sets: Pick<ViewSets, 'now'>,
  name: string,
): WatchedReader => ({
  name,
  cursor: async () => views.cursor((await sets.now()).shown),
  parked: async () => (await views.parked((await sets.now()).shown)).size,
});

export interface Watched {
  readonly figures?: JournalFigures;
  readonly readers?: readonly WatchedReader[];
  readonly executor?: { readonly busy: () => number; readonly slots: number };
}

/** Brings the gauges up to date; asked for at each reading of the metrics and not in between. */
export const refresh = async (
  instruments: Instruments,
  { figures, readers = [], executor }: Watched,
): Promise<void> => {
  if (executor !== undefined) {
    instruments.carried.set(executor.busy());
    instruments.slots.set(executor.slots);
  }
  if (figures === undefined) return;
  await Promise.all([
    queueFigures(instruments, figures),
    agentFigures(instruments, figures),
    ...readers.map((reader) => lagOf(instruments, figures, reader)),
  ]);
};

const queueFigures = async (instruments: Instruments, figures: JournalFigures): Promise<void> => {
  const { pools, leaseLeftMs, horizonAgeMs } = await figures.now();
  instruments.queued.reset();
  instruments.oldestQueued.reset();
  for (const { pool, state, runs, oldestMs } of pools) {
    instruments.queued.set({ pool, state }, runs);
    if (state === 'queued') instruments.oldestQueued.set({ pool }, oldestMs / 1000);
  }
  // Without a lease there is none to be late.
  if (leaseLeftMs === undefined) instruments.leaseLeft.reset();
  else instruments.leaseLeft.set(leaseLeftMs / 1000);
  instruments.horizonAge.set(horizonAgeMs / 1000);
};

const agentFigures = async (instruments: Instruments, { siteAgents }: JournalFigures): Promise<void> => {
  const processes = (await siteAgents?.()) ?? [];
  const { agentSilence, agentCarried, agentSlots, agentEnded, agentRequests, agentFailures, agentMemory } = instruments;
  // One that is gone has no figures any more.
  for (const gauge of [agentSilence, agentCarried, agentSlots, agentRequests, agentFailures, agentMemory])
    gauge.reset();
  agentEnded.reset();
  for (const { workspace, agent, process, figures, silentMs } of processes) {
    const labels = { workspace, agent, process };
    agentSilence.set(labels, silentMs / 1000);
    agentCarried.set(labels, figures.busy);
    agentSlots.set(labels, figures.slots);
    agentRequests.set(labels, figures.requests);
    agentFailures.set(labels, figures.requestsFailed);
    agentMemory.set(labels, figures.memoryBytes);
    for (const [verdict, runs] of Object.entries(figures.runsEnded)) agentEnded.set({ ...labels, verdict }, runs);
  }
};

const lagOf = async (instruments: Instruments, figures: JournalFigures, reader: WatchedReader): Promise<void> => {
  const { name, cursor, parked, lagMs = figures.lagMs } = reader;
  instruments.readerLag.set({ reader: name }, (await lagMs(await cursor())) / 1000);
  instruments.parked.set({ reader: name }, await parked());
};
