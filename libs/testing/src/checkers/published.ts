import type { Streams, Violation } from './evidence.ts';

/** C9: what the journal accepted came out of the bus, and nothing else did. */
export const published = (streams: Streams, seen: ReadonlySet<string>): readonly Violation[] => {
  const ids = new Set([...streams.values()].flatMap((events) => events.map(({ id }) => id)));
  const foreign = [...seen].filter((id) => !ids.has(id));
  return [
    ...[...streams].flatMap(([stream, events]): readonly Violation[] => {
      const missing = events.filter(({ id }) => !seen.has(id));
      if (missing.length === 0) return [];
      const versions = missing.map(({ ver }) => ver).join(', ');
      return [{ check: 'C9', stream, text: `${missing.length} events never came out of the bus: version ${versions}` }];
    }),
    ...foreign.map((id): Violation => ({ check: 'C9', text: `the bus gave ${id}, which is not in the journal` })),
  ];
};
