// Which slots of a schedule fire and which are missed. Pure decisions; what they come to beside each other is `scheduleDecider`'s.
// U1. A slot that is not later than `onTimeMs` always fires; one later than `maxLatenessMs` never does.
// U2. In between: `none` drops it, `last` fires the latest of them unless one on time makes it needless, `all` fires the latest
//     `atOnce` of them.
// U3. The run of a slot has the same id whoever fires it: any number of schedulers make one run.
// U4. However long nobody looked, one look reckons some hundreds of slots and fires `atOnce`; the next goes on where it ended.
import { createHash } from 'node:crypto';
import type { MissedSlots, RunId } from '@testmesh/domain';
import { type CronSchedule, nextSlot, slotsBetween } from './cron.ts';

export interface MisfirePolicy {
  readonly misfire: 'none' | 'last' | 'all';
  readonly maxLatenessMs: number;
  readonly onTimeMs: number;
  /** So many slots fire at once, and so many late ones are caught up at most. */
  readonly atOnce: number;
}

export interface DueSlots {
  /** In order; ms since 1970. */
  readonly fire: readonly number[];
  /** They come before those that fire. */
  readonly missed?: MissedSlots;
  /** The first slot that was not decided on; undefined when none comes any more. */
  readonly next: number | undefined;
}

/** The slots after the last one that was looked at, up to now. */
export const dueSlots = (schedule: CronSchedule, policy: MisfirePolicy, lastSlot: number, now: number): DueSlots => {
  const { misfire, onTimeMs, atOnce } = policy;
  const isLate = (slot: number): boolean => now - slot > onTimeMs;
  // So many late ones may have to be caught up.
  const most = misfire === 'all' ? atOnce : 1;
  const isEnough = (slots: readonly number[]): boolean => slots.filter(isLate).length > most;
  const { slots, isWhole, skipped } = looked({ schedule, lastSlot, now, onTimeMs, most: 2 * atOnce }, isEnough);
  const late = slots.filter(isLate);
  if (!isWhole && isEnough(slots)) {
    // Others follow: which of the last ones fire is for the next look to say.
    const passed = late.slice(0, -most);
    return { fire: [], ...missedOf(passed, skipped), next: slots[passed.length] };
  }
  const onTime = slots.slice(late.length);
  const young = late.filter((slot) => now - slot <= policy.maxLatenessMs);
  const caughtUp = caught(young, policy, onTime.length > 0);
  const fire = [...caughtUp, ...onTime];
  return {
    fire: fire.slice(0, atOnce),
    ...missedOf(late.slice(0, late.length - caughtUp.length), skipped),
    next: fire[atOnce] ?? nextSlot(schedule, isWhole ? now : (slots.at(-1) ?? now)),
  };
};

interface Stretch {
  readonly schedule: CronSchedule;
  readonly lastSlot: number;
  readonly now: number;
  readonly onTimeMs: number;
  /** More slots than these are not reckoned in one go. */
  readonly most: number;
}

interface Looked {
  /** In order; all up to now where it `isWhole`. */
  readonly slots: readonly number[];
  readonly isWhole: boolean;
  /** The first of the slots before them, which nobody counted. */
  readonly skipped?: number;
}

type IsEnough = (slots: readonly number[]) => boolean;

/** The slots of a stretch; where they are many, as much of its end as says what becomes of the rest. */
const looked = ({ schedule, lastSlot, now, onTimeMs, most }: Stretch, isEnough: IsEnough): Looked => {
  const slots = slotsBetween(schedule, lastSlot, now, most);
  const [first] = slots;
  if (first === undefined || slots.length < most) return { slots, isWhole: true };
  // Slots are a second apart at least, so that the first span is not cut off.
  for (let span = Math.max((most - 1) * 1000, onTimeMs); now - span > first; span *= 2) {
    const latest = slotsBetween(schedule, now - span, now, most);
    if (isEnough(latest)) return { slots: latest, isWhole: latest.length < most, skipped: first };
  }
  return { slots, isWhole: false };
};

const missedOf = (slots: readonly number[], skipped: number | undefined): Pick<DueSlots, 'missed'> => {
  const [since] = slots;
  const slot = slots.at(-1);
  if (since === undefined || slot === undefined) return {};
  return {
    missed: skipped === undefined ? { since, slot, count: slots.length } : { since: skipped, slot, count: null },
  };
};

const caught = (late: readonly number[], { misfire, atOnce }: MisfirePolicy, hasOnTime: boolean): readonly number[] => {
  if (misfire === 'all') return late.slice(-atOnce);
  return misfire === 'none' || hasOnTime ? [] : late.slice(-1);
};

/** A slot of a schedule; editing the schedule raises its version. */
export interface Slot {
  readonly scheduleId: string;
  readonly version: number;
  /** ms since 1970. */
  readonly at: number;
}

/** The run of a slot: a UUID in the form of version 7 whose time is the slot and whose rest is drawn from its name. */
export const slotRunId = ({ scheduleId, version, at }: Slot): RunId => {
  const bytes = createHash('sha256').update(`slot/${scheduleId}/${version}/${at}`).digest().subarray(0, 16);
  bytes.writeUIntBE(at, 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-') as RunId;
};
