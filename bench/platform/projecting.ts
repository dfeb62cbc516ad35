import { Projector, runView, seededRandom, systemClock } from '@testmesh/runtime';
import type { Database } from './world.ts';

/** Folds every event into run views of this name; the milliseconds it took. */
export const projectAll = async ({ storage }: Pick<Database, 'storage'>, name: string): Promise<number> => {
  const projector = new Projector({
    name,
    view: runView,
    feed: storage.feed,
    journal: storage.journal,
    store: storage.views,
    clock: systemClock,
    random: seededRandom(name),
    onFault: ({ error }) => {
      throw error;
    },
    onParked: (stream, ver, error) => {
      throw new Error(`${stream} was set aside at ${ver}: ${error}`);
    },
  });
  const started = performance.now();
  while (await projector.round());
  return performance.now() - started;
};
