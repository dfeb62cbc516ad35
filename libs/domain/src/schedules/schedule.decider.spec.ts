import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accept, given, refuse } from '../kernel/decider.ts';
import { scheduleDecider } from './schedule.decider.ts';
import type { OpenFiring, Overlap, RetryPolicy, ScheduleCommand, ScheduleEvent, ScheduleState } from './schedule.ts';

const schedule = given(scheduleDecider);
const fired = (firing: string, slot: number, more: object = {}): ScheduleEvent =>
  ({ type: 'ScheduleFired', firing, slot, retry: 0, manual: false, notBefore: slot, waits: false, ...more }) as const;
const asked = (firing: string): ScheduleEvent => ({ type: 'ScheduleRunAsked', firing });
const ended = (firing: string, verdict: 'passed' | 'failed' | 'cancelled', more: object = {}): ScheduleEvent =>
  ({ type: 'ScheduleRunEnded', firing, verdict, reason: null, settled: true, ...more }) as const;
const reach = (overlap: Overlap, ...slots: readonly number[]) => ({
  type: 'ReachSlots' as const,
  due: slots.map((slot) => ({ firing: `f${slot}`, slot })),
  overlap,
});
const one = (slot: number) => ({ since: slot, slot, count: 1 });
const policy: RetryPolicy = { most: 2, delayMs: 500, on: ['failed', 'error'] };
const end = (firing: string, verdict: 'passed' | 'failed' | 'cancelled' | 'timed_out'): ScheduleCommand => ({
  type: 'EndFiring',
  firing,
  verdict,
  reason: null,
  policy,
  next: `${firing}+`,
  now: 1000,
});

describe('the slots of a schedule', () => {
  test('S1: fire once, in their order', () => {
    expect(schedule().when(reach('allow', 10, 20))).toEqual(accept(fired('f10', 10), fired('f20', 20)));
    expect(schedule(fired('f10', 10)).when(reach('allow', 10))).toEqual(refuse('SlotHasPassed'));
    expect(schedule(fired('f10', 10)).when(reach('allow', 5))).toEqual(refuse('SlotHasPassed'));
  });

  test('S1: pass when they are missed, too', () => {
    const range = { since: 5, slot: 10, count: null };
    const late = { type: 'ReachSlots', due: [{ firing: 'f20', slot: 20 }], missed: range, overlap: 'allow' } as const;
    const missed: ScheduleEvent = { type: 'ScheduleMissed', ...range, reason: 'late' };
    expect(schedule().when(late)).toEqual(accept(missed, fired('f20', 20)));
    for (const slot of [5, 10]) expect(schedule(missed).when(reach('allow', slot))).toEqual(refuse('SlotHasPassed'));
    expect(schedule(missed).when(reach('allow', 11))).toEqual(accept(fired('f11', 11)));
  });

  test.each([
    ['over one that fires', { since: 5, slot: 20, count: 2 }],
    ['around one that fires', { since: 5, slot: 30, count: 3 }],
    ['that ends before it begins', { since: 15, slot: 10, count: 1 }],
    ['from one that has passed', { since: 1, slot: 10, count: 2 }],
  ])('S1: a range %s is refused', (_, missed) => {
    const due = [{ firing: 'f20', slot: 20 }];
    const reached = schedule(fired('f1', 1)).when({ type: 'ReachSlots', due, missed, overlap: 'allow' });
    expect(reached).toEqual(refuse('SlotHasPassed'));
  });

  test('S1: slots that are missed one after the other for one reason are one fact', () => {
    const missed = { type: 'ScheduleMissed', since: 20, slot: 40, count: 3, reason: 'overlap', by: 'f10' } as const;
    expect(schedule().when(reach('skip', 10, 20, 30, 40))).toEqual(accept<ScheduleEvent>(fired('f10', 10), missed));
  });

  test.each(['allow', 'skip', 'queue', 'cancel-previous'] as const)(
    'a decision over many slots looks at what goes on once, not once per slot (%s)',
    (overlap) => {
      const { state, looks } = watched(50);
      const decision = scheduleDecider.decide(
        reach(overlap, ...Array.from({ length: 200 }, (_, at) => at + 1000)),
        state,
      );
      expect(decision).toMatchObject({ ok: true });
      expect(looks()).toBeLessThanOrEqual(50 * 4);
    },
  );

  test('S2: skip one that comes while another goes on, and say which', () => {
    const missed: ScheduleEvent = { type: 'ScheduleMissed', ...one(20), reason: 'overlap', by: 'f10' };
    expect(schedule(fired('f10', 10), asked('f10')).when(reach('skip', 20))).toEqual(accept(missed));
    expect(schedule(fired('f10', 10), ended('f10', 'passed')).when(reach('skip', 20))).toEqual(
      accept(fired('f20', 20)),
    );
  });

  test('S2: queue behind each other, up to a hundred', () => {
    expect(schedule(fired('f10', 10)).when(reach('queue', 20))).toEqual(accept(fired('f20', 20, { waits: true })));
    const many = Array.from({ length: 101 }, (_, at) => at + 20);
    const decision = schedule(fired('f10', 10)).when(reach('queue', ...many));
    expect(decision.ok && decision.events.at(-1)).toMatchObject({ type: 'ScheduleMissed', reason: 'full-queue' });
  });

  test('S2: replace what goes on; what was not asked for yet ends there', () => {
    const replaced = (firing: string): ScheduleEvent => ({ type: 'ScheduleRunReplaced', firing, by: 'f20' });
    expect(schedule(fired('f10', 10), asked('f10')).when(reach('cancel-previous', 20))).toEqual(
      accept(replaced('f10'), fired('f20', 20)),
    );
    const reason = 'a later slot took its place before it was asked for';
    expect(schedule(fired('f10', 10)).when(reach('cancel-previous', 20))).toEqual(
      accept(replaced('f10'), ended('f10', 'cancelled', { reason }), fired('f20', 20)),
    );
  });

  test('S3: what is run by hand goes beside them and is not tried again', () => {
    const byHand: ScheduleCommand = { type: 'FireByHand', firing: 'hand', now: 15 };
    const hand = fired('hand', 15, { manual: true });
    expect(schedule(fired('f10', 10)).when(byHand)).toEqual(accept(hand));
    expect(schedule(hand).when(byHand)).toEqual(refuse('FiringExists'));
    expect(schedule(hand).when(reach('skip', 10))).toEqual(accept(fired('f10', 10)));
    expect(schedule(hand, asked('hand')).when(end('hand', 'failed'))).toEqual(accept(ended('hand', 'failed')));
  });
});

/** A state with so many firings that go on, and how often one of them was looked at. */
const watched = (many: number) => {
  let looks = 0;
  const firing = (slot: number): OpenFiring => ({
    ...{ slot, retry: 0, asked: true, replaced: false, waits: true },
    get manual() {
      looks += 1;
      return false;
    },
  });
  const open = new Map(Array.from({ length: many }, (_, slot) => [`g${slot}`, firing(slot)]));
  return { state: { lastSlot: many, open }, looks: () => looks };
};

describe('the end of a firing', () => {
  test('S4: is followed by a retry of the same slot after the delay, as often as the policy says', () => {
    const retry = (number: number) => fired(`f10${'+'.repeat(number)}`, 10, { retry: number, notBefore: 1500 });
    const unsettled = ended('f10', 'failed', { settled: false });
    expect(schedule(fired('f10', 10), asked('f10')).when(end('f10', 'failed'))).toEqual(accept(unsettled, retry(1)));
    const last = schedule(fired('f10', 10), unsettled, retry(1), ended('f10+', 'failed', { settled: false }), retry(2));
    expect(last.when(end('f10++', 'failed'))).toEqual(accept(ended('f10++', 'failed')));
  });

  test.each(['passed', 'cancelled', 'timed_out'] as const)('S4: %s is not tried again', (verdict) => {
    expect(schedule(fired('f10', 10)).when(end('f10', verdict))).toMatchObject({
      ok: true,
      events: [{ type: 'ScheduleRunEnded', verdict, settled: true }],
    });
  });

  test('S4: what was replaced is not tried again', () => {
    const replaced: ScheduleEvent = { type: 'ScheduleRunReplaced', firing: 'f10', by: 'f20' };
    expect(schedule(fired('f10', 10), asked('f10'), replaced).when(end('f10', 'failed'))).toEqual(
      accept(ended('f10', 'failed')),
    );
  });

  test('S3: a slot that waits for its retry still goes on', () => {
    const history = [fired('f10', 10), ended('f10', 'failed', { settled: false }), fired('f10+', 10, { retry: 1 })];
    expect(schedule(...history).when(reach('skip', 20))).toMatchObject({
      events: [{ type: 'ScheduleMissed', by: 'f10+' }],
    });
  });

  test('S5: comes once', () => {
    expect(schedule(fired('f10', 10), ended('f10', 'passed')).when(end('f10', 'passed'))).toEqual(
      refuse('FiringNotOpen'),
    );
  });

  test('a firing is asked for once, and dropped only before that', () => {
    const drop: ScheduleCommand = { type: 'DropFiring', firing: 'f10', reason: 'the schedule is paused' };
    const ask: ScheduleCommand = { type: 'ConfirmAsked', firing: 'f10' };
    expect(schedule(fired('f10', 10)).when(ask)).toEqual(accept(asked('f10')));
    expect(schedule(fired('f10', 10), asked('f10')).when(ask)).toEqual(refuse('FiringAlreadyAsked'));
    expect(schedule(fired('f10', 10), asked('f10')).when(drop)).toEqual(refuse('FiringAlreadyAsked'));
    expect(schedule(fired('f10', 10)).when(drop)).toEqual(
      accept(ended('f10', 'cancelled', { reason: 'the schedule is paused' })),
    );
    for (const command of [ask, drop]) expect(schedule().when(command)).toEqual(refuse('FiringNotOpen'));
  });
});

const overlaps = ['allow', 'skip', 'queue', 'cancel-previous'] as const;
const moves = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('reach' as const),
      count: fc.integer({ min: 0, max: 3 }),
      late: fc.integer({ min: 0, max: 3 }),
      back: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('end' as const), pick: fc.nat(5), passes: fc.boolean() }),
    fc.record({ kind: fc.constant('ask' as const), pick: fc.nat(5) }),
    fc.record({ kind: fc.constant('hand' as const) }),
  ),
  { maxLength: 60 },
);

interface Lived {
  readonly events: readonly ScheduleEvent[];
  readonly states: readonly ScheduleState[];
}

/** Lets a schedule live through the moves; refused commands change nothing. */
const live = (overlap: Overlap, steps: readonly Move[]): Lived => {
  const events: ScheduleEvent[] = [];
  const states: ScheduleState[] = [scheduleDecider.initial];
  let time = 0;
  for (const move of steps) {
    time += 10;
    const before = states.at(-1) ?? scheduleDecider.initial;
    const decision = scheduleDecider.decide(commandOf(move, overlap, { time, state: before }), before);
    if (!decision.ok) continue;
    events.push(...decision.events);
    states.push(decision.events.reduce(scheduleDecider.evolve, before));
  }
  return { events, states };
};

type Move =
  | { readonly kind: 'reach'; readonly count: number; readonly late: number; readonly back: boolean }
  | { readonly kind: 'end'; readonly pick: number; readonly passes: boolean }
  | { readonly kind: 'ask'; readonly pick: number }
  | { readonly kind: 'hand' };

const commandOf = (
  move: Move,
  overlap: Overlap,
  { time, state }: { time: number; state: ScheduleState },
): ScheduleCommand => {
  const open = [...state.open.keys()];
  switch (move.kind) {
    case 'reach': {
      const from = move.back ? time - 20 : time;
      const reached = reach(overlap, ...Array.from({ length: move.count }, (_, at) => from + at));
      const missed = { since: from - move.late, slot: from - 1, count: move.late };
      return move.late === 0 ? reached : { ...reached, missed };
    }
    case 'end':
      return end(open[move.pick % Math.max(open.length, 1)] ?? 'none', move.passes ? 'passed' : 'failed');
    case 'ask':
      return { type: 'ConfirmAsked', firing: open[move.pick % Math.max(open.length, 1)] ?? 'none' };
    case 'hand':
      return { type: 'FireByHand', firing: `hand${time}`, now: time };
  }
};

/** The slots that an event decides on: here every millisecond is one. */
const slotsOf = (event: ScheduleEvent): readonly number[] => {
  if (event.type === 'ScheduleFired') return event.manual || event.retry > 0 ? [] : [event.slot];
  if (event.type !== 'ScheduleMissed') return [];
  const slots = Array.from({ length: event.slot - event.since + 1 }, (_, at) => event.since + at);
  expect(event.count).toBe(slots.length);
  return slots;
};

test('S1–S5 hold whatever happens to a schedule', () => {
  const property = fc.property(fc.constantFrom(...overlaps), moves, (overlap, steps) => {
    const { events, states } = live(overlap, steps);
    const slots = events.flatMap(slotsOf);
    expect(slots).toEqual([...new Set(slots)].sort((a, b) => a - b));
    const firings = events.flatMap((event) => (event.type === 'ScheduleFired' ? [event.firing] : []));
    expect(new Set(firings).size).toBe(firings.length);
    const ends = events.flatMap((event) => (event.type === 'ScheduleRunEnded' ? [event.firing] : []));
    expect(new Set(ends).size).toBe(ends.length);
    for (const event of events)
      if (event.type === 'ScheduleFired') expect(event.retry).toBeLessThanOrEqual(policy.most);
    for (const { open } of states) {
      const going = new Set(
        [...open.values()].filter(({ manual, replaced }) => !manual && !replaced).map(({ slot }) => slot),
      );
      if (overlap === 'skip' || overlap === 'cancel-previous') expect(going.size).toBeLessThanOrEqual(1);
    }
  });
  fc.assert(property, { numRuns: 500, seed: 20_261_121 });
});
