import { slotRunId, slotsBetween } from '@testmesh/runtime';
import {
  type Blackout,
  type Death,
  effects,
  ends,
  type FiredSlot,
  fairness,
  order,
  outcomes,
  type Promised,
  published,
  recoveries,
  recovery,
  type StepRule,
  type Streams,
  shares,
  slots,
  textOf,
  type Violation,
  verdicts,
  views,
} from '../checkers/index.ts';
import type { SimPlatform } from './platform.ts';
import { SCHEDULE, SCHEDULE_ID, VIEWS } from './roles.ts';

// What must hold after everything has healed, of what a simulated platform did.

export interface History {
  readonly platform: SimPlatform;
  /** Runs whose request was acknowledged. */
  readonly acknowledged: ReadonlySet<string>;
  readonly cancelled: ReadonlySet<string>;
  readonly slotsUntil: number;
  readonly deaths: readonly Death[];
  readonly blackouts: readonly Blackout[];
  /** Two workspaces that asked for as many runs at once, where the seed has them. */
  readonly rivals: readonly string[];
}

/**
 * How long after everything has healed a run may wait for its next executor: a lease, a reaper's and a claim's rest, an
 * executor that starts late, and a slot that a hanging target holds.
 */
const RECOVERY_MS = 25_000;
const LEAST_CLAIMS = 12;

/** Everything that is wrong with what happened, in words; nothing when all is well. */
export const violations = (history: History): readonly string[] => {
  const { platform, acknowledged, deaths, blackouts } = history;
  const streams: Streams = Map.groupBy(platform.journal.accepted(), ({ stream }) => stream);
  const found: readonly Violation[] = [
    ...ends(acknowledged, streams),
    ...outcomes(streams),
    ...order(streams),
    ...effects({ streams, ledger: platform.ledger, ruleOf }),
    ...verdicts(promised(history, streams), streams),
    ...views({ streams, viewOf: (stream) => platform.views.view(VIEWS, stream) }),
    ...platform.wentBack.map((text): Violation => ({ check: 'C5', text: `a view went back, ${text}` })),
    ...slots({ streams, ...slotsOf(history, streams) }),
    ...recovery(recoveries({ streams, deaths, blackouts }), RECOVERY_MS),
    ...contest(history, streams),
    ...published(streams, platform.published),
  ];
  return found.map(textOf);
};

/** Every simulated step is one request to the target. */
const ruleOf = (_runId: string, path: string): StepRule => ({ effect: path === 'once' ? 'once' : 'repeatable' });

const promised = ({ cancelled }: History, streams: Streams): readonly Promised[] =>
  [...streams.keys()].map((stream) => {
    const runId = stream.slice('run-'.length);
    return { runId, expected: ['passed'], isCancelled: cancelled.has(runId) };
  });

/** A simulated schedule keeps no book: which run belongs to a slot is said by the run's name alone. */
const slotsOf = ({ slotsUntil }: History, streams: Streams) => {
  const wanted = slotsBetween(SCHEDULE, Date.UTC(2030, 0, 1), slotsUntil);
  const fired: readonly FiredSlot[] = wanted
    .map((at) => ({ schedule: SCHEDULE_ID, at, runId: slotRunId({ scheduleId: SCHEDULE_ID, version: 1, at }) }))
    .filter(({ runId }) => streams.has(`run-${runId}`));
  return { expected: new Map([[SCHEDULE_ID, wanted]]), fired };
};

const contest = ({ rivals }: History, streams: Streams): readonly Violation[] => {
  if (rivals.length === 0) return [];
  const weights = new Map(rivals.map((workspace): [string, number] => [workspace, 1]));
  return fairness(shares({ streams, weights }), LEAST_CLAIMS);
};
