import type { RecordedEvent } from '@testmesh/domain';
import type { Streams, Violation } from './evidence.ts';

export interface Contest {
  readonly streams: Streams;
  /** The workspaces that compete, with their weights. */
  readonly weights: ReadonlyMap<string, number>;
  /** Only these runs count; all of the workspaces' without it. */
  readonly isCounted?: (stream: string) => boolean;
}

export interface Share {
  readonly workspace: string;
  readonly claims: number;
  /** Of all claims, and what its weight entitles it to. */
  readonly share: number;
  readonly due: number;
}

/** Claims per workspace, counted only while every one of them had a run waiting. */
export const shares = ({ streams, weights, isCounted = () => true }: Contest): readonly Share[] => {
  const moves = [...streams]
    .filter(([stream]) => isCounted(stream))
    .flatMap(([, events]) => movesOf(events))
    .filter(({ workspace }) => weights.has(workspace))
    .sort((one, other) => one.at - other.at || one.order - other.order);
  const waiting = new Map([...weights.keys()].map((workspace): [string, number] => [workspace, 0]));
  const claims = new Map(waiting);
  for (const { workspace, step } of moves) {
    const allWait = [...waiting.values()].every((count) => count > 0);
    if (step === 'claimed' && allWait) claims.set(workspace, (claims.get(workspace) ?? 0) + 1);
    waiting.set(workspace, (waiting.get(workspace) ?? 0) + (step === 'waits' ? 1 : -1));
  }
  const total = [...claims.values()].reduce((sum, count) => sum + count, 0);
  const weight = [...weights.values()].reduce((sum, each) => sum + each, 0);
  return [...claims].map(([workspace, count]) => ({
    workspace,
    claims: count,
    share: total === 0 ? 0 : count / total,
    due: (weights.get(workspace) ?? 0) / weight,
  }));
};

/** How far from its due a share may lie. */
const TOLERANCE = 0.1;

/** C8: while all of them wait, each workspace gets its share; too few claims are no evidence of that and are a violation too. */
export const fairness = (found: readonly Share[], leastClaims: number): readonly Violation[] => {
  const total = found.reduce((sum, { claims }) => sum + claims, 0);
  if (total < leastClaims) {
    return [{ check: 'C8', text: `only ${total} claims while all workspaces waited, ${leastClaims} show a share` }];
  }
  return found
    .filter(({ share, due }) => Math.abs(share - due) > TOLERANCE)
    .map(({ workspace, claims, share, due }) => ({
      check: 'C8',
      text: `${workspace} got ${percent(share)} of ${total} claims (${claims}), ${percent(due)} was its due`,
    }));
};

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

interface Move {
  readonly workspace: string;
  readonly at: number;
  readonly order: number;
  readonly step: 'waits' | 'claimed' | 'leaves';
}

/** When a run began to wait and when it stopped; a claim comes before what it made room for. */
const movesOf = (events: readonly RecordedEvent[]): readonly Move[] => {
  const moves: Move[] = [];
  let isWaiting = false;
  const add = ({ workspace, at, ver }: RecordedEvent, step: Move['step']): void => {
    isWaiting = step === 'waits';
    moves.push({ workspace, at, order: ver, step });
  };
  for (const event of events) {
    if (STARTS_WAITING.has(event.type) && !isWaiting) add(event, 'waits');
    else if (event.type === 'RunClaimed' && isWaiting) add(event, 'claimed');
    else if (STOPS_WAITING.has(event.type) && isWaiting) add(event, 'leaves');
  }
  return moves;
};

const STARTS_WAITING = new Set(['RunRequested', 'RunReleased', 'RunLeaseExpired', 'RunUnparked']);
const STOPS_WAITING = new Set(['RunParked', 'RunCompleted']);
