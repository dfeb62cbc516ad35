import { createHash } from 'node:crypto';
import { canonicalJson, type Envelope, type RecordedEvent, type Value } from '@testmesh/domain';
import type { AppendResult, Journal } from '@testmesh/ports';

/** The journal's rules without a disk; the contract suite keeps it honest. */
export const memoryJournal = (): Journal => {
  const streams = new Map<string, RecordedEvent[]>();
  const append: Journal['append'] = async (stream, expectedVer, epoch, events): Promise<AppendResult> => {
    const stored = streams.get(stream) ?? [];
    const ver = stored.length;
    const last = stored.at(-1);
    if (last && epoch < last.epoch) return { outcome: 'fenced', epoch: last.epoch };
    if (expectedVer !== ver) return clash(stored, expectedVer, events);
    if (isTerminal(stored)) return { outcome: 'terminal' };
    const all = [...stored];
    for (const event of events) all.push(recorded(event, all));
    streams.set(stream, all);
    return { outcome: 'applied', ver: ver + events.length };
  };
  return {
    append,
    appendMany: (batches) =>
      Promise.all(batches.map(({ stream, expectedVer, epoch, events }) => append(stream, expectedVer, epoch, events))),
    read: async function* (stream, afterVer = 0) {
      yield* (streams.get(stream) ?? []).slice(afterVer);
    },
    close: async () => undefined,
  };
};

const clash = (stored: readonly RecordedEvent[], expectedVer: number, events: readonly Envelope[]): AppendResult => {
  const repeated = events.length > 0 && events.every(({ id }, at) => stored[expectedVer + at]?.id === id);
  if (repeated) return { outcome: 'already_applied', ver: expectedVer + events.length };
  return isTerminal(stored) ? { outcome: 'terminal' } : { outcome: 'conflict', ver: stored.length };
};

const isTerminal = (stored: readonly RecordedEvent[]): boolean => stored.some(({ type }) => type === 'RunCompleted');

const recorded = (event: Envelope, before: readonly RecordedEvent[]): RecordedEvent => {
  // Through canonical bytes and back, so that a test never shares objects with what it appended.
  const bytes = canonicalJson(event as unknown as Value);
  const chain = createHash('sha256')
    .update((before.at(-1)?.chain ?? '') + bytes)
    .digest('hex');
  return { ...(JSON.parse(bytes) as Envelope), ver: before.length + 1, at: event.time, chain };
};
