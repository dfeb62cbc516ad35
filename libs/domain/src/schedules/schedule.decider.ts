import { accept, type Decider, type Decision, refuse } from '../kernel/decider.ts';
import { unreachable } from '../kernel/unreachable.ts';
import type {
  DueSlot,
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

const reachSlots = ({ due, missed, overlap }: ReachSlots, state: ScheduleState): Decided => {
  const slots = [...due, ...missed.map((slot) => ({ firing: undefined, slot }))].sort((a, b) => a.slot - b.slot);
  const isForward = slots.every(({ slot }, at) => slot > (slots[at - 1]?.slot ?? state.lastSlot ?? -Infinity));
  if (!isForward) return refuse('SlotHasPassed');
  if (due.some(({ firing }) => state.open.has(firing))) return refuse('FiringExists');
  const events: ScheduleEvent[] = [];
  let now = state;
  for (const { firing, slot } of slots) {
    const next = firing === undefined ? [missedAt(slot, 'late')] : reach({ firing, slot }, overlap, now);
    events.push(...next);
    now = next.reduce(scheduleDecider.evolve, now);
  }
  return accept(...events);
};

/** What one slot comes to beside the slots that still go on. */
const reach = (due: DueSlot, overlap: ReachSlots['overlap'], { open }: ScheduleState): readonly ScheduleEvent[] => {
  const going = [...open].filter(([, firing]) => !firing.manual);
  const [first] = going;
  switch (overlap) {
    case 'allow':
      return [fired(due)];
    case 'skip':
      return first === undefined ? [fired(due)] : [missedAt(due.slot, 'overlap', first[0])];
    case 'queue': {
      const isFull = going.filter(([, firing]) => firing.waits && !firing.asked).length >= MOST_WAITING;
      return isFull ? [missedAt(due.slot, 'full-queue', first?.[0])] : [fired(due, { waits: true })];
    }
    case 'cancel-previous':
      return [...going.flatMap(([id, firing]) => replace(id, firing, due.firing)), fired(due)];
    default:
      return unreachable(overlap);
  }
};

const replace = (id: string, { asked, replaced }: OpenFiring, by: string): readonly ScheduleEvent[] => {
  if (replaced) return [];
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

const missedAt = (slot: number, reason: Missed['reason'], by?: string): Missed => ({
  type: 'ScheduleMissed',
  slot,
  reason,
  ...(by !== undefined && { by }),
});

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
