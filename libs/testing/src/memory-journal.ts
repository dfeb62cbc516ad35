import { createHash } from 'node:crypto';
import { canonicalJson, type Envelope, parseJson, type RecordedEvent, type Value } from '@testmesh/domain';
import type { AppendResult, Journal, JournalBatch } from '@testmesh/ports';

/** A journal whose inside the memory queue and the memory feed may see. */
export interface MemoryJournal extends Journal {
  /** The rules of `appendMany` without a promise: nothing happens between the look at a stream and the append. */
  readonly appendNow: (batch: JournalBatch) => AppendResult;
  readonly eventsOf: (stream: string) => readonly RecordedEvent[];
  /** All streams in the order of acceptance. */
  readonly accepted: () => readonly RecordedEvent[];
}

interface Stream {
  readonly events: RecordedEvent[];
  epoch: number;
  terminal: boolean;
}

/** The journal's rules without a disk; the contract suite keeps it honest. */
export const memoryJournal = (): MemoryJournal => {
  const streams = new Map<string, Stream>();
  const accepted: RecordedEvent[] = [];
  const appendNow = ({ stream: name, expectedVer, epoch, events }: JournalBatch): AppendResult => {
    const stream = streams.get(name) ?? { events: [], epoch: 0, terminal: false };
    if (epoch < stream.epoch) return { outcome: 'fenced', epoch: stream.epoch };
    if (expectedVer !== stream.events.length) return clash(stream, expectedVer, events);
    if (stream.terminal) return { outcome: 'terminal' };
    for (const event of events) stream.events.push(recorded(event, stream.events));
    accepted.push(...stream.events.slice(expectedVer));
    stream.epoch = epoch;
    stream.terminal = events.some(({ type }) => type === 'RunCompleted');
    streams.set(name, stream);
    return { outcome: 'applied', ver: stream.events.length };
  };
  const eventsOf = (stream: string): readonly RecordedEvent[] => streams.get(stream)?.events ?? [];
  return {
    appendNow,
    eventsOf,
    accepted: () => accepted,
    append: async (stream, expectedVer, epoch, events) => appendNow({ stream, expectedVer, epoch, events }),
    appendMany: async (batches) => batches.map(appendNow),
    read: async function* (stream, afterVer = 0) {
      yield* eventsOf(stream).slice(afterVer);
    },
    close: async () => undefined,
  };
};

const clash = (
  { events: stored, terminal }: Stream,
  expectedVer: number,
  events: readonly Envelope[],
): AppendResult => {
  const repeated = events.length > 0 && events.every(({ id }, at) => stored[expectedVer + at]?.id === id);
  if (repeated) return { outcome: 'already_applied', ver: expectedVer + events.length };
  return terminal ? { outcome: 'terminal' } : { outcome: 'conflict', ver: stored.length };
};

const recorded = (event: Envelope, before: readonly RecordedEvent[]): RecordedEvent => {
  // Through canonical bytes and back, so that a test never shares objects with what it appended.
  const bytes = canonicalJson(event as unknown as Value);
  const chain = createHash('sha256')
    .update((before.at(-1)?.chain ?? '') + bytes)
    .digest('hex');
  return { ...(parseJson(bytes) as unknown as Envelope), ver: before.length + 1, at: event.time, chain };
};
