import type { RecordedEvent } from '@testmesh/domain';
import { runView, runViewOf, slotRunId, slotsBetween } from '@testmesh/runtime';
import type { SimPlatform } from './platform.ts';
import { SCHEDULE, SCHEDULE_ID, VIEWS } from './roles.ts';

// What must hold after everything has healed. Each check tells what is wrong, in words.

export interface History {
  readonly platform: SimPlatform;
  /** Runs whose request was acknowledged. */
  readonly acknowledged: ReadonlySet<string>;
  readonly cancelled: ReadonlySet<string>;
  readonly slotsUntil: number;
}

/** Everything that is wrong with what happened; nothing when all is well. */
export const violations = (history: History): readonly string[] => {
  const streams = Map.groupBy(history.platform.journal.accepted(), ({ stream }) => stream);
  return [
    ...[...history.acknowledged].flatMap((runId) => ending(runId, streams.get(`run-${runId}`) ?? [])),
    ...[...streams.values()].flatMap((events) => [
      ...order(events),
      ...outcomes(events),
      ...requests(history.platform, events),
      ...verdict(history, events),
      ...view(history.platform, events),
    ]),
    ...history.platform.wentBack.map((view) => `C5 a view went back, ${view}`),
    ...identities(history.platform),
    ...slots(history, streams),
    ...published(history.platform),
  ];
};

/** C1: an acknowledged run has exactly one end, and nothing after it. */
const ending = (runId: string, events: readonly RecordedEvent[]): readonly string[] => {
  const ends = events.filter(({ type }) => type === 'RunCompleted').length;
  const isLast = events.at(-1)?.type === 'RunCompleted';
  return ends === 1 && isLast ? [] : [`C1 ${runId}: ${ends} ends, the last event is ${events.at(-1)?.type ?? 'none'}`];
};

/** C2: a step of a run has one accepted outcome, unless the run began anew. */
const outcomes = (events: readonly RecordedEvent[]): readonly string[] => {
  const anew = events.findLastIndex(({ type }) => type === 'RunRestarted');
  const completed = events.slice(anew + 1).filter(({ type }) => type === 'StepCompleted');
  const byPath = Map.groupBy(completed, ({ data }) => String(data['path']));
  return [...byPath].flatMap(([path, all]) =>
    all.length === 1 ? [] : [`C2 ${all[0]?.stream}: ${path} has ${all.length} outcomes`],
  );
};

/** C3: versions without gaps, epochs that never go back. */
const order = (events: readonly RecordedEvent[]): readonly string[] =>
  events.flatMap((event, at) => {
    const before = events[at - 1];
    const found: string[] = [];
    if (event.ver !== at + 1) found.push(`C3 ${event.stream}: version ${event.ver} at place ${at + 1}`);
    if (before && event.epoch < before.epoch) {
      found.push(`C3 ${event.stream}: ${event.type} of epoch ${event.epoch} after one of ${before.epoch}`);
    }
    return found;
  });

/** C3: no id stands twice. */
const identities = ({ journal }: SimPlatform): readonly string[] => {
  const byId = Map.groupBy(journal.accepted(), ({ id }) => id);
  return [...byId].flatMap(([id, all]) =>
    all.length === 1 ? [] : [`C3 ${all[0]?.stream}: ${all.length} events have the id ${id}`],
  );
};

/** C4: the target is reached once per owner at most, and once for all by a step that may act only once. */
const requests = ({ ledger }: SimPlatform, events: readonly RecordedEvent[]): readonly string[] => {
  const stream = events[0]?.stream ?? '';
  const claims = events.filter(({ type }) => type === 'RunClaimed').length;
  const begun = 1 + events.filter(({ type }) => type === 'RunRestarted').length;
  const reached = Map.groupBy(
    ledger.filter(({ runId }) => `run-${runId}` === stream),
    ({ path }) => path,
  );
  return [...reached].flatMap(([path, all]) => {
    const most = path === 'once' ? begun : claims;
    return all.length <= most ? [] : [`C4 ${stream}: ${path} reached the target ${all.length} times, ${most} may be`];
  });
};

/** A run that ended says passed, unless its history says why not. */
const verdict = ({ cancelled }: History, events: readonly RecordedEvent[]): readonly string[] => {
  const last = events.at(-1);
  if (last?.type !== 'RunCompleted') return [];
  const given = String(last.data['verdict']);
  const has = (wanted: string): boolean => events.some(({ type }) => type === wanted);
  const isExplained =
    given === 'passed' ||
    (given === 'cancelled' && has('RunCancelRequested') && cancelled.has(last.stream.slice('run-'.length))) ||
    (given === 'error' && (has('StepOutcomeUnknown') || (has('ResourceOpened') && claimsOf(events) > 1)));
  return isExplained ? [] : [`verdict ${last.stream}: ${given} (${String(last.data['reason'])})`];
};

const claimsOf = (events: readonly RecordedEvent[]): number =>
  events.filter(({ type }) => type === 'RunClaimed').length;

/** C5: the stored view is the fold of the journal, byte for byte. */
const view = ({ views }: SimPlatform, events: readonly RecordedEvent[]): readonly string[] => {
  const stream = events[0]?.stream ?? '';
  const stored = views.view(VIEWS, stream);
  if (stored === undefined) return [`C5 ${stream}: it has no view`];
  const state = runViewOf(stream, events);
  const bytes = new TextDecoder().decode(runView.bytes(state));
  const isEqual =
    stored.ver === events.length &&
    stored.bytes !== undefined &&
    new TextDecoder().decode(stored.bytes) === bytes &&
    JSON.stringify(stored.columns) === JSON.stringify(runView.columns(state));
  return isEqual ? [] : [`C5 ${stream}: its view at version ${stored.ver} differs from its ${events.length} events`];
};

/** C6: each slot of the schedule has its run, and there is no other. */
const slots = ({ slotsUntil }: History, streams: ReadonlyMap<string, unknown>): readonly string[] =>
  slotsBetween(SCHEDULE, Date.UTC(2030, 0, 1), slotsUntil)
    .map((at) => slotRunId({ scheduleId: SCHEDULE_ID, version: 1, at }))
    .filter((runId) => !streams.has(`run-${runId}`))
    .map((runId) => `C6: the slot of ${runId} has no run`);

/** C9: what the journal accepted was published. */
const published = ({ journal, published: sent }: SimPlatform): readonly string[] => {
  const missing = journal.accepted().filter(({ id }) => !sent.has(id)).length;
  return missing === 0 ? [] : [`C9: ${missing} events were never published`];
};
