import type { Clock, Wakeups } from '@testmesh/ports';
import { type OnFault, ParkedViews, Projector, runView, seededRandom } from '@testmesh/runtime';
import type { Storage } from '@testmesh/service-kit';
import { RUN_VIEWS } from '@testmesh/store-postgres';

// The projection service. It reads the journal by its own cursor, woken by hints; the bus is for readers outside (ADR 10).

export interface ProjectionsOptions {
  readonly storage: Pick<Storage, 'feed' | 'journal' | 'views'>;
  readonly wakeups: Pick<Wakeups, 'onWake'>;
  readonly clock: Clock;
  readonly onFault: OnFault;
  readonly onParked: (stream: string, ver: number, error: string) => void;
}

export interface Projections {
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const JOURNAL_TOPIC = 'journal';

export const createProjections = ({ storage, wakeups, ...options }: ProjectionsOptions): Projections => {
  const runs = new Projector({
    ...options,
    name: RUN_VIEWS,
    view: runView,
    feed: storage.feed,
    journal: storage.journal,
    store: storage.views,
    random: seededRandom(RUN_VIEWS),
  });
  const parked = new ParkedViews({
    ...options,
    name: RUN_VIEWS,
    projector: runs,
    store: storage.views,
    random: seededRandom(`parked ${RUN_VIEWS}`),
  });
  const stops: (() => unknown)[] = [];
  return {
    start: async () => {
      stops.push(wakeups.onWake(JOURNAL_TOPIC, () => runs.wake()));
      runs.start();
      parked.start();
    },
    stop: async () => {
      for (const stop of stops.splice(0)) await stop();
      await Promise.all([parked.stop(), runs.stop()]);
    },
  };
};
