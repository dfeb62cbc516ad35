// When a schedule is due. Pure: the times given decide, and no clock is read.
// S1. Slots are instants of a wall clock in an IANA zone. A time of day that the clock skips runs at the first instant after the
//     gap on the same day; one that occurs twice runs once, at its first occurrence.
// S2. An expression with a wildcard, step, list or range of hours or minutes runs at every instant whose wall clock matches.
import { Cron } from 'croner';
import { RecentlyUsed } from '../recently-used.ts';
import { grammarProblem } from './cron-grammar.ts';

export interface CronSchedule {
  /** Five fields, six with seconds in front, or a descriptor such as `@daily`. */
  readonly expression: string;
  /** An IANA zone: `Europe/Berlin`. */
  readonly timeZone: string;
}

/** What is wrong with a schedule, for people; undefined when nothing is. */
export const scheduleProblem = (schedule: CronSchedule): string | undefined => {
  const wrong = grammarProblem(schedule.expression);
  if (wrong !== undefined) return wrong;
  try {
    const first = cronOf(schedule).nextRun(new Date(0));
    return first === null ? `${schedule.expression} never comes` : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** The first slot after an instant (ms since 1970); undefined when none comes. */
export const nextSlot = (schedule: CronSchedule, after: number): number | undefined =>
  following(cronOf(schedule), after);

/** All slots after `from` up to and including `to`, at most so many. */
export const slotsBetween = (schedule: CronSchedule, from: number, to: number, most = 10_000): readonly number[] => {
  const cron = cronOf(schedule);
  const slots: number[] = [];
  for (let slot = following(cron, from); slot !== undefined && slot <= to; slot = following(cron, slot)) {
    slots.push(slot);
    if (slots.length === most) break;
  }
  return slots;
};

const following = (cron: Cron, after: number): number | undefined => cron.nextRun(new Date(after))?.getTime();

const compiled = new RecentlyUsed<Cron>(500);

/** Schedules are looked at every second: each is read once. Asking for the next run changes nothing in it. */
const cronOf = ({ expression, timeZone }: CronSchedule): Cron => {
  const key = `${timeZone} ${expression}`;
  // Where the clock is UTC itself no calendar has to be asked.
  const zone = timeZone === 'UTC' ? { utcOffset: 0 } : { timezone: timeZone };
  const cron = compiled.get(key) ?? new Cron(expression, { ...zone, mode: '5-or-6-parts', paused: true });
  compiled.set(key, cron);
  return cron;
};
