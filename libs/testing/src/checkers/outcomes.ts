import type { RecordedEvent } from '@testmesh/domain';
import { type Streams, type Violation, violation } from './evidence.ts';

/** C2: a step of a run has one accepted outcome, unless the run began anew. */
export const outcomes = (streams: Streams): readonly Violation[] =>
  [...streams].flatMap(([stream, events]) =>
    [...Map.groupBy(completed(events), ({ data }) => String(data['path']))].flatMap(([path, all]) =>
      all.length === 1 ? [] : [violation('C2', stream, `${path} has ${all.length} outcomes`)],
    ),
  );

const completed = (events: readonly RecordedEvent[]): readonly RecordedEvent[] => {
  const anew = events.findLastIndex(({ type }) => type === 'RunRestarted');
  return events.slice(anew + 1).filter(({ type }) => type === 'StepCompleted');
};
