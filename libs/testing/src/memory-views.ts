import { FEED_START, type ViewChange, type ViewStore } from '@testmesh/ports';

interface ViewSet {
  cursor: string;
  readonly views: Map<string, ViewChange>;
  readonly parked: Map<string, { readonly ver: number; readonly error: string }>;
}

/** Views as long as the test; the contract suite keeps it honest. */
export const memoryViews = (): ViewStore & {
  /** What a projector keeps of a stream. */
  readonly view: (projector: string, stream: string) => ViewChange | undefined;
} => {
  const sets = new Map<string, ViewSet>();
  const of = (projector: string): ViewSet => {
    const set = sets.get(projector) ?? { cursor: FEED_START, views: new Map(), parked: new Map() };
    sets.set(projector, set);
    return set;
  };
  return {
    cursor: async (projector) => of(projector).cursor,
    versions: async (projector, streams) => {
      const { views } = of(projector);
      return new Map(
        streams.flatMap((stream): [string, number][] => {
          const view = views.get(stream);
          return view === undefined ? [] : [[stream, view.ver]];
        }),
      );
    },
    commit: async (projector, expected, next, changes) => {
      const set = of(projector);
      if (set.cursor !== expected) return false;
      set.cursor = next;
      for (const change of changes) set.views.set(change.stream, change);
      return true;
    },
    park: async (projector, stream, ver, error) => {
      const { parked } = of(projector);
      if (!parked.has(stream)) parked.set(stream, { ver, error });
    },
    release: async (projector, stream) => of(projector).parked.delete(stream),
    parked: async (projector) => new Map(of(projector).parked),
    view: (projector, stream) => of(projector).views.get(stream),
  };
};
