import type { RecordedEvent } from '@testmesh/domain';
import { type Promised, type Streams, streamOf, type Violation, violation } from './evidence.ts';

/** No run gets a wrong verdict: it is the one that its flow gives, unless its own history says why not. */
export const verdicts = (promised: readonly Promised[], streams: Streams): readonly Violation[] =>
  promised.flatMap((promise) => {
    const events = streams.get(streamOf(promise.runId)) ?? [];
    const last = events.at(-1);
    if (last?.type !== 'RunCompleted' || isExplained(promise, events)) return [];
    const { verdict, reason } = last.data;
    const wanted = promise.expected.join(' or ');
    return [violation('verdict', last.stream, `${String(verdict)} (${String(reason)}), ${wanted} was to come`)];
  });

const isExplained = ({ expected, isCancelled }: Promised, events: readonly RecordedEvent[]): boolean => {
  const given = String(events.at(-1)?.data['verdict']);
  const has = (wanted: string): boolean => events.some(({ type }) => type === wanted);
  if (expected.some((verdict) => verdict === given)) return true;
  if (given === 'cancelled') return isCancelled === true && has('RunCancelRequested');
  // Nobody knows whether it acted, or what it held died with its executor.
  return given === 'error' && (has('StepOutcomeUnknown') || (has('ResourceOpened') && isTakenOver(events)));
};

const isTakenOver = (events: readonly RecordedEvent[]): boolean =>
  events.filter(({ type }) => type === 'RunClaimed').length > 1;
