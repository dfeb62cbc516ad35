import { type ScheduleCommand, scheduleDecider } from '@testmesh/domain';
import { dueSlots, slotRunId } from '@testmesh/runtime';
import type { HeldSchedule, ScheduleChange } from '@testmesh/store-postgres';

/** A slot counts as on time for so long; later ones are misfires. */
const ON_TIME_MS = 60_000;
const MAX_LATENESS_MS = 24 * 60 * 60 * 1000;
/** So many slots of one schedule fire in one transaction; so many late ones are caught up. */
const SLOTS_AT_ONCE = 100;

export const NOTHING: ScheduleChange = { events: [] };

/** What has come due of a schedule, and where the next look goes on: after a long downtime, at a slot that is due as well. */
export const reachSlots = (held: HeldSchedule): ScheduleChange => {
  const { id, version, cron, timezone, misfire, overlap, nextRunAt, status, state } = held;
  const now = held.now.getTime();
  if (status !== 'active' || nextRunAt === null || nextRunAt.getTime() > now) return NOTHING;
  const policy = { misfire, maxLatenessMs: MAX_LATENESS_MS, onTimeMs: ON_TIME_MS, atOnce: SLOTS_AT_ONCE };
  const last = Math.max(nextRunAt.getTime() - 1, state.lastSlot ?? 0);
  const { fire, missed, next } = dueSlots({ expression: cron, timeZone: timezone }, policy, last, now);
  const due = fire.map((slot) => ({ firing: slotRunId({ scheduleId: id, version, at: slot }), slot }));
  return {
    ...decided(held, { type: 'ReachSlots', due, ...(missed && { missed }), overlap }),
    nextRunAt: next === undefined ? null : new Date(next),
  };
};

/** A refusal is news that came twice: nothing is written. */
export const decided = ({ state }: HeldSchedule, command: ScheduleCommand): ScheduleChange => {
  const decision = scheduleDecider.decide(command, state);
  return decision.ok ? { events: decision.events } : NOTHING;
};
