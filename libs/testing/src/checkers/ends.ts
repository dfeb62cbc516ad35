import { type Streams, streamOf, type Violation, violation } from './evidence.ts';

/** C1: a run whose request was acknowledged has exactly one end, and nothing after it. */
export const ends = (acknowledged: Iterable<string>, streams: Streams): readonly Violation[] =>
  [...acknowledged].flatMap((runId) => {
    const events = streams.get(streamOf(runId)) ?? [];
    const count = events.filter(({ type }) => type === 'RunCompleted').length;
    const last = events.at(-1)?.type;
    if (count === 1 && last === 'RunCompleted') return [];
    return [violation('C1', streamOf(runId), `${count} ends, the last event is ${last ?? 'none'}`)];
  });
