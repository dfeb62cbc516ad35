import { accept, type Decider, type Decision, refuse } from '../kernel/decider.ts';
import { unreachable } from '../kernel/unreachable.ts';
import type {
  DueSlot,
  MissedSlots,
  OpenFiring,
  ScheduleCommand,
  ScheduleEvent,
  ScheduleRefusal,
  ScheduleState,
} from './schedule.ts';

// What a schedule's clock, its retries and its overlaps come to. Invariants:
// S1. A slot fires or is missed once, and slots go forward: one that is not later than the last is refused.
// S2. `skip`: two slots never go at once. `queue`: they go one after the other. `cancel-previous`: the latest replaces the others.
// S3. A slot goes on until its last retry has ended. What is run by hand goes beside the slots and is not tried again.
// S4. Only a verdict that the policy names is tried again, at most as often as it says; what was replaced is not.
// S5. A firing ends once. `evolve` never refuses.

type Decided = Decision<ScheduleEvent, ScheduleRefusal>;

/** So many slots wait for an earlier one; more are missed, or a run that hangs would fill the queue for ever. */
const MOST_WAITING = 100;

export const scheduleDecider: Decider<ScheduleState, ScheduleCommand, ScheduleEvent, ScheduleRefusal> = {
  initial: { lastSlot: undefined, open: new Map() },

  decide(command, state): Decided {
    switch (command.type) {
      case 'ReachSlots':
        return reachSlots(command, state);
      case 'FireByHand': {
        const { firing, now } = command;
        if (state.open.has(firing)) return refuse('FiringExists');
        return accept(fired({ firing, slot: now }, { manual: true, notBefore: now }));
      }
      case 'ConfirmAsked': {
        const firing = state.open.get(command.firing);
        if (firing === undefined) return refuse('FiringNotOpen');
        return firing.asked
          ? refuse('FiringAlreadyAsked')
          : accept({ type: 'ScheduleRunAsked', firing: command.firing });
      }
      case 'EndFiring': {
        const firing = state.open.get(command.firing);
        return firing === undefined ? refuse('FiringNotOpen') : end(command, firing);
      }
      case 'DropFiring': {
        const firing = state.open.get(command.firing);
        if (firing === undefined) return refuse('FiringNotOpen');
        return firing.asked ? refuse('FiringAlreadyAsked') : accept(ended(command.firing, 'cancelled', command.reason));
      }
      default:
        return unreachable(command);
    }
  },

  evolve(state, event) {
    switch (event.type) {
      case 'ScheduleFired': {
        const { firing, slot, retry, manual, waits } = event;
        const open = { slot, retry, manual, waits, asked: false, replaced: false };
        const lastSlot = manual || retry > 0 ? state.lastSlot : later(state.lastSlot, slot);
        return { lastSlot, open: new Map(state.open).set(firing, open) };
      }
      case 'ScheduleMissed':
        return { ...state, lastSlot: later(state.lastSlot, event.slot) };
      case 'ScheduleRunAsked':
        return changed(state, event.firing, { asked: true });
      case 'ScheduleRunReplaced':
        return changed(state, event.firing, { replaced: true });
      case 'ScheduleRunEnded':
        return { ...state, open: new Map([...state.open].filter(([id]) => id !== event.firing)) };
      default:
        return unreachable(event);
    }
  },
};

type ReachSlots = Extract<ScheduleCommand, { readonly type: 'ReachSlots' }>;

/** Slots to decide on; those that nobody looked at in time have no firing. */
interface Reached extends MissedSlots {
  readonly firing?: string;
}

const reachSlots = ({ due, missed, overlap }: ReachSlots, state: ScheduleState): Decided => {
  const slots: readonly Reached[] = [
    ...due.map((one) => ({ ...one, since: one.slot, count: 1 })),
    ...(missed === undefined ? [] : [missed]),
  ].sort((a, b) => a.slot - b.slot);
  const isForward = slots.every(
    ({ since, slot }, at) => since <= slot && since > (slots[at - 1]?.slot ?? state.lastSlot ?? -Infinity),
  );
  if (!isForward) return refuse('SlotHasPassed');
  if (due.some(({ firing }) => state.open.has(firing))) return refuse('FiringExists');
  const reach = reaching(overlap, state);
  const events = slots.flatMap(({ firing, ...range }) =>
    firing === undefined ? [missedAt(range, 'late')] : reach({ firing, slot: range.slot }),
  );
  return accept(...together(events));
};

type Going = readonly [id: string, firing: Pick<OpenFiring, 'asked'>];

/**
 * What one slot after the other comes to beside those that still go on. It remembers the slots it was asked about: what goes on is
 * looked through once per decision, and a decision over many slots costs what they are.
 */
const reaching = (overlap: ReachSlots['overlap'], { open }: ScheduleState): ((due: DueSlot) => ScheduleEvent[]) => {
  const going = [...open].filter(([, firing]) => !firing.manual);
  let first = going[0]?.[0];
  switch (overlap) {
    case 'allow':
      return (due) => [fired(due)];
    case 'skip':
      return (due) => {
        if (first !== undefined) return [missedAt(only(due.slot), 'overlap', first)];
        first = due.firing;
        return [fired(due)];
      };
    case 'queue': {
      let waiting = going.filter(([, firing]) => firing.waits && !firing.asked).length;
      return (due) => {
        if (waiting >= MOST_WAITING) return [missedAt(only(due.slot), 'full-queue', first)];
        waiting += 1;
        first ??= due.firing;
        return [fired(due, { waits: true })];
      };
    }
    case 'cancel-previous': {
      let standing: readonly Going[] = going.filter(([, firing]) => !firing.replaced);
      return (due) => {
        const events = standing.flatMap((one) => replace(one, due.firing));
        standing = [[due.firing, { asked: false }]];
        return [...events, fired(due)];
      };
    }
    default:
      return unreachable(overlap);
  }
};

/** Slots that are missed one after the other, for the same reason, are one fact. */
const together = (events: readonly ScheduleEvent[]): readonly ScheduleEvent[] => {
  const facts: ScheduleEvent[] = [];
  for (const event of events) {
    const before = facts.at(-1);
    if (event.type !== 'ScheduleMissed' || before?.type !== 'ScheduleMissed' || !isAlike(event, before))
      facts.push(event);
    else facts[facts.length - 1] = { ...event, since: before.since, count: sum(before.count, event.count) };
  }
  return facts;
};

const isAlike = (one: Missed, other: Missed): boolean => one.reason === other.reason && one.by === other.by;

const sum = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : one + other;

const replace = ([id, { asked }]: Going, by: string): readonly ScheduleEvent[] => {
  const event: ScheduleEvent = { type: 'ScheduleRunReplaced', firing: id, by };
  return asked ? [event] : [event, ended(id, 'cancelled', 'a later slot took its place before it was asked for')];
};

type EndFiring = Extract<ScheduleCommand, { readonly type: 'EndFiring' }>;

const end = ({ firing: id, verdict, reason, policy, next, now }: EndFiring, firing: OpenFiring): Decided => {
  const { slot, retry, manual, replaced } = firing;
  const isTriedAgain = !manual && !replaced && retry < policy.most && policy.on.includes(verdict);
  if (!isTriedAgain) return accept(ended(id, verdict, reason));
  return accept<ScheduleEvent>(
    { ...ended(id, verdict, reason), settled: false },
    fired({ firing: next, slot }, { retry: retry + 1, notBefore: now + policy.delayMs }),
  );
};

type Fired = Extract<ScheduleEvent, { readonly type: 'ScheduleFired' }>;

const fired = ({ firing, slot }: DueSlot, more: Partial<Fired> = {}): Fired => ({
  type: 'ScheduleFired',
  firing,
  slot,
  retry: 0,
  manual: false,
  notBefore: slot,
  waits: false,
  ...more,
});

type Missed = Extract<ScheduleEvent, { readonly type: 'ScheduleMissed' }>;

const missedAt = (slots: MissedSlots, reason: Missed['reason'], by?: string): Missed => ({
  type: 'ScheduleMissed',
  ...slots,
  reason,
  ...(by !== undefined && { by }),
});

const only = (slot: number): MissedSlots => ({ since: slot, slot, count: 1 });

type Ended = Extract<ScheduleEvent, { readonly type: 'ScheduleRunEnded' }>;

const ended = (firing: string, verdict: Ended['verdict'], reason: string | null): Ended => ({
  type: 'ScheduleRunEnded',
  firing,
  verdict,
  reason,
  settled: true,
});

const later = (one: number | undefined, other: number): number => Math.max(one ?? other, other);

const changed = (state: ScheduleState, id: string, change: Partial<OpenFiring>): ScheduleState => {
  const firing = state.open.get(id);
  return firing === undefined ? state : { ...state, open: new Map(state.open).set(id, { ...firing, ...change }) };
};
