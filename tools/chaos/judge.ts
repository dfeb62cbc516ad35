import type { RecordedEvent } from '@testmesh/domain';
import { stringifyJson, type Value } from '@testmesh/domain';
import { slotsBetween } from '@testmesh/runtime';
import {
  type Blackout,
  type Death,
  effects,
  ends,
  type FiredSlot,
  type Followed,
  fairness,
  followed,
  order,
  outcomes,
  type Promised,
  published,
  type Reached,
  type Recovery,
  recovery,
  type Share,
  type StepRule,
  type Streams,
  shares,
  slots,
  streamOf,
  type Violation,
  verdicts,
  views,
} from '@testmesh/testing/checkers';
import { storedRules } from './flows.ts';
import type { BusContent, ReadViews } from './gather.ts';
import { CRON } from './standing.ts';
import type { Asked } from './vocabulary.ts';

/** All that a chaos run left behind. */
export interface Remains {
  readonly streams: Streams;
  readonly asked: readonly Asked[];
  readonly followed: readonly Followed[];
  readonly complaints: readonly string[];
  readonly ledger: readonly Reached[];
  readonly views: ReadViews;
  readonly parkedViews: readonly string[];
  readonly bus: BusContent;
  readonly schedule: string;
  readonly slotsFrom: number;
  readonly slotsTo: number;
  readonly fired: readonly FiredSlot[];
  readonly suiteRuns: readonly SuiteRun[];
  readonly contest: { readonly workspaces: readonly string[]; readonly runIds: ReadonlySet<string> };
  readonly deaths: readonly Death[];
  readonly blackouts: readonly Blackout[];
  readonly leaseMs: number;
}

export interface SuiteRun {
  readonly id: string;
  readonly status: string;
  readonly runIds: readonly string[];
}

export interface Judgement {
  readonly violations: readonly Violation[];
  readonly recoveries: readonly Recovery[];
  readonly shares: readonly Share[];
}

/** A lease, and two seconds for the reaper and the next claim. */
export const recoveryLimitMs = (leaseMs: number): number => leaseMs + 2000;

/** What the checkers find in it, all of them. */
export const judge = (remains: Remains, recoveries: readonly Recovery[]): Judgement => {
  const { streams, asked, contest } = remains;
  const promised = new Set([...asked.map(({ runId }) => runId), ...contest.runIds]);
  const contestShares = shares({
    streams,
    weights: new Map(contest.workspaces.map((workspace) => [workspace, 1])),
  });
  const found: readonly Violation[] = [
    ...ends([...runsOf(streams), ...promised], streams),
    ...outcomes(streams),
    ...order(streams),
    ...effects({ streams, ledger: remains.ledger, ruleOf: rulesOf(remains) }),
    ...views({ streams, ...remains.views }),
    ...remains.views.different.map(
      (stream): Violation => ({ check: 'C5', stream, text: 'its row is not the rebuilt one' }),
    ),
    ...remains.parkedViews.map((stream): Violation => ({ check: 'C5', stream, text: 'its view was set aside' })),
    ...slots({ streams, expected: slotsOf(remains), fired: remains.fired }),
    ...recovery(recoveries, recoveryLimitMs(remains.leaseMs)),
    ...fairness(contestShares, contest.runIds.size / 2),
    ...published(streams, remains.bus.ids),
    ...verdicts(promisesOf(remains), streams),
    ...followed(remains.followed, streams),
    ...remains.complaints.map((text): Violation => ({ check: 'live', text })),
    ...suites(remains),
    ...leaks(remains),
  ];
  return { violations: found, recoveries, shares: contestShares };
};

/** What each run is to come to; those of suites, schedules and the contest pass. */
const promisesOf = ({ asked, streams }: Remains): readonly Promised[] => {
  const byRun = new Map<string, Promised>(asked.map((run) => [run.runId, run]));
  return runsOf(streams).map((runId) => byRun.get(runId) ?? { runId, expected: ['passed'] });
};

/** Every run there is, asked for by whomever: none of them may be left without an end. */
const runsOf = (streams: Streams): readonly string[] =>
  [...streams.keys()].filter((stream) => stream.startsWith('run-')).map((stream) => stream.slice('run-'.length));

const rulesOf = ({ asked }: Remains): ((runId: string, path: string) => StepRule | undefined) => {
  const byRun = new Map(asked.map(({ runId, rules }) => [runId, rules]));
  return (runId, path) => (byRun.get(runId) ?? storedRules).get(path);
};

const slotsOf = ({ schedule, slotsFrom, slotsTo }: Remains): ReadonlyMap<string, readonly number[]> =>
  new Map([[schedule, slotsBetween({ expression: CRON, timeZone: 'UTC' }, slotsFrom, slotsTo)]]);

/** A suite whose start was acknowledged runs every flow once, and says how it went. */
const suites = ({ suiteRuns, streams }: Remains): readonly Violation[] =>
  suiteRuns.flatMap(({ id, status, runIds }) => {
    const missing = runIds.filter((runId) => !streams.has(streamOf(runId)));
    const isWhole = status === 'completed' && new Set(runIds).size === SUITE_FLOWS && missing.length === 0;
    return isWhole
      ? []
      : [{ check: 'C1', text: `the suite run ${id} is ${status}, with ${runIds.length} runs of ${SUITE_FLOWS}` }];
  });

const SUITE_FLOWS = 3;

/** No event of any run, and no message on the bus, holds a secret that a run was given. */
const leaks = ({ asked, streams, bus }: Remains): readonly Violation[] => {
  const texts = new Map([...streams].map(([stream, events]) => [stream, textOfEvents(events)]));
  return asked.flatMap(({ runId, secrets }) => {
    const stream = streamOf(runId);
    const told = (text: string): Violation => ({ check: 'C4', stream, text });
    return secrets.flatMap((secret) => [
      ...(texts.get(stream)?.includes(secret) ? [told('a secret stands in its events')] : []),
      ...(bus.texts.some((text) => text.includes(secret)) ? [told('a secret of it stands on the bus')] : []),
    ]);
  });
};

const textOfEvents = (events: readonly RecordedEvent[]): string => stringifyJson(events as unknown as Value);
