import type { RecordedEvent } from '@testmesh/domain';
import { type Blackout, type Death, type Streams, type Violation, violation } from './evidence.ts';

/** A run that was in the hands of an executor when it died, and when the next one took it. */
export interface Recovery {
  readonly stream: string;
  readonly executor: string;
  /** Milliseconds in which somebody could have taken it; undefined when nobody did. */
  readonly ms: number | undefined;
}

export interface Recoveries {
  readonly streams: Streams;
  readonly deaths: readonly Death[];
  readonly blackouts: readonly Blackout[];
}

/** Every run that lost its executor, with how long it waited for the next; time in a blackout is not counted. */
export const recoveries = ({ streams, deaths, blackouts }: Recoveries): readonly Recovery[] =>
  [...streams].flatMap(([stream, events]) =>
    deaths.flatMap(({ executor, at }) => {
      const held = holdAt(events, at);
      if (held === undefined || held.executor !== executor) return [];
      if (held.until === undefined) return [{ stream, executor, ms: undefined }];
      // Whoever ended it, cancelled it or gave it back first did so from outside: there was nothing to recover.
      if (held.until.type !== 'RunLeaseExpired') return [];
      const next = events.find(({ ver, type }) => ver > (held.until?.ver ?? 0) && GOES_ON.has(type));
      const ms = next === undefined ? undefined : lightMs(at, next.at, blackouts);
      return [{ stream, executor, ms }];
    }),
  );

/** C7: a run whose executor died is taken over within the lease, the reaper's rest and a claim. */
export const recovery = (found: readonly Recovery[], limitMs: number): readonly Violation[] =>
  found.flatMap(({ stream, executor, ms }) => {
    if (ms === undefined) return [violation('C7', stream, `nobody took it over from ${executor}`)];
    if (ms <= limitMs) return [];
    return [violation('C7', stream, `taken over from ${executor} after ${Math.round(ms)} ms, ${limitMs} ms may be`)];
  });

/** Parked runs and those cancelled while they waited were recovered too: somebody decided. */
const GOES_ON = new Set(['RunClaimed', 'RunParked', 'RunCompleted']);

const ENDS_A_HOLD = new Set(['RunLeaseExpired', 'RunReleased', 'RunCompleted']);

interface Hold {
  readonly executor: string;
  readonly until: RecordedEvent | undefined;
}

/** Who held the run at a time, and what ended it. */
const holdAt = (events: readonly RecordedEvent[], at: number): Hold | undefined => {
  const claim = events.findLast((event) => event.type === 'RunClaimed' && event.at <= at);
  if (claim === undefined) return undefined;
  const until = events.find(({ ver, type }) => ver > claim.ver && ENDS_A_HOLD.has(type));
  if (until !== undefined && until.at <= at) return undefined;
  return { executor: String(claim.data['executor']), until };
};

/** Milliseconds between two moments that lie in no blackout. */
const lightMs = (from: number, to: number, blackouts: readonly Blackout[]): number => {
  let dark = 0;
  let reached = from;
  for (const blackout of [...blackouts].sort((one, other) => one.from - other.from)) {
    const begins = Math.max(blackout.from, reached);
    const ends = Math.min(blackout.to, to);
    if (ends <= begins) continue;
    dark += ends - begins;
    reached = ends;
  }
  return (to - from - dark) / 1000;
};
