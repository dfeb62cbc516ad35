// Which slots of a schedule fire and which are missed. Pure decisions; what they come to beside each other is `scheduleDecider`'s.
// U1. A slot that is not later than `onTimeMs` always fires; one later than `maxLatenessMs` never does.
// U2. In between: `none` drops it, `last` fires the latest of them unless one on time makes it needless, `all` fires each.
// U3. The run of a slot has the same id whoever fires it: any number of schedulers make one run.
import { createHash } from 'node:crypto';
import type { RunId } from '@testmesh/domain';
import { type CronSchedule, slotsBetween } from './cron.ts';

export interface MisfirePolicy {
  readonly misfire: 'none' | 'last' | 'all';
  readonly maxLatenessMs: number;
  readonly onTimeMs: number;
}

export interface DueSlots {
  /** In order; ms since 1970. */
  readonly fire: readonly number[];
  readonly missed: readonly number[];
}

/** The slots after the last one that was looked at, up to now. */
export const dueSlots = (schedule: CronSchedule, policy: MisfirePolicy, lastSlot: number, now: number): DueSlots => {
  const oldest = Math.max(lastSlot, now - Math.max(policy.maxLatenessMs, policy.onTimeMs) - 1);
  const slots = slotsBetween(schedule, oldest, now);
  const isOnTime = (slot: number): boolean => now - slot <= policy.onTimeMs;
  const late = slots.filter((slot) => !isOnTime(slot) && now - slot <= policy.maxLatenessMs);
  const caughtUp = new Set(caught(late, policy.misfire, slots.some(isOnTime)));
  const fires = (slot: number): boolean => isOnTime(slot) || caughtUp.has(slot);
  return { fire: slots.filter(fires), missed: slots.filter((slot) => !fires(slot)) };
};

const caught = (late: readonly number[], misfire: MisfirePolicy['misfire'], hasOnTime: boolean): readonly number[] => {
  if (misfire === 'all') return late;
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
