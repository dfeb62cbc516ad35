import type { Clock, ViewRebuild, Wakeups } from '@testmesh/ports';
import {
  type KeptSet,
  type OnFault,
  ParkedViews,
  Projector,
  runView,
  seededRandom,
  VIEWS_TOPIC,
  ViewRebuilder,
} from '@testmesh/runtime';
import type { Storage } from '@testmesh/service-kit';

// The projection service. It reads the journal by its own cursor, woken by hints; the bus is for readers outside (ADR 10).
// It keeps the set of views that is shown, and beside it the one that a rebuild fills.

export interface ProjectionsOptions {
  readonly storage: Pick<Storage, 'feed' | 'journal' | 'views' | 'viewSets'>;
  readonly wakeups: Pick<Wakeups, 'onWake'>;
  readonly clock: Clock;
  readonly onFault: OnFault;
  readonly onParked: (stream: string, ver: number, error: string) => void;
  /** Told how a rebuild goes on. */
  readonly onProgress?: (words: string, rebuild: ViewRebuild) => void;
  /** How long the rows of a set stay that is not shown any more. */
  readonly graceMs?: number;
}

export interface Projections {
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const JOURNAL_TOPIC = 'journal';

export const createProjections = ({ storage, wakeups, ...options }: ProjectionsOptions): Projections => {
  const rebuilder = new ViewRebuilder({
    ...options,
    sets: storage.viewSets,
    feed: storage.feed,
    store: storage.views,
    keep: (name) => keptSet(name, { storage, ...options }),
    random: seededRandom('view rebuilder'),
  });
  const stops: (() => unknown)[] = [];
  return {
    start: async () => {
      stops.push(wakeups.onWake(JOURNAL_TOPIC, () => rebuilder.wake()));
      stops.push(wakeups.onWake(VIEWS_TOPIC, () => rebuilder.look()));
      rebuilder.start();
    },
    stop: async () => {
      for (const stop of stops.splice(0)) await stop();
      await rebuilder.stop();
    },
  };
};

const keptSet = (name: string, { storage, ...options }: Omit<ProjectionsOptions, 'wakeups'>): KeptSet => {
  const runs = new Projector({
    ...options,
    name,
    view: runView,
    feed: storage.feed,
    journal: storage.journal,
    store: storage.views,
    random: seededRandom(name),
  });
  const parked = new ParkedViews({
    ...options,
    name,
    projector: runs,
    store: storage.views,
    random: seededRandom(`parked ${name}`),
  });
  return {
    start: () => {
      runs.start();
      parked.start();
    },
    wake: () => runs.wake(),
    stop: async () => {
      await Promise.all([parked.stop(), runs.stop()]);
    },
  };
};
