import { type CronSchedule, nextSlot, scheduleProblem } from '@testmesh/runtime';

// What people are told of a schedule's slots; the scheduler reckons with the same functions.

/** What is wrong with an expression or its time zone; undefined when it can be used. */
export const cronProblem = (schedule: CronSchedule): string | undefined => {
  const { timeZone } = schedule;
  if (!isTimezone(timeZone)) return `there is no time zone ${timeZone}; an IANA name looks like Europe/Berlin`;
  return scheduleProblem(schedule)?.replace(/^CronPattern: /, '');
};

/** The slots after a moment (ms since 1970), in order. */
export const nextSlots = (schedule: CronSchedule, after: number, count: number): readonly Date[] => {
  const slots: Date[] = [];
  let slot = nextSlot(schedule, after);
  while (slot !== undefined && slots.length < count) {
    slots.push(new Date(slot));
    slot = nextSlot(schedule, slot);
  }
  return slots;
};

/** UTC is not in the platform's own list. */
export const TIMEZONES: readonly string[] = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

/** An offset, `+02:00`, is no name: it knows nothing of summer. */
const isTimezone = (name: string): boolean => {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
};

export const PRESETS = [
  { name: 'every_minute', label: 'Every minute', cron: '* * * * *' },
  { name: 'every_5_minutes', label: 'Every 5 minutes', cron: '*/5 * * * *' },
  { name: 'every_15_minutes', label: 'Every 15 minutes', cron: '*/15 * * * *' },
  { name: 'every_30_minutes', label: 'Every 30 minutes', cron: '*/30 * * * *' },
  { name: 'every_hour', label: 'Every hour', cron: '0 * * * *' },
  { name: 'every_6_hours', label: 'Every 6 hours', cron: '0 */6 * * *' },
  { name: 'every_12_hours', label: 'Every 12 hours', cron: '0 */12 * * *' },
  { name: 'daily_midnight', label: 'Every day at midnight', cron: '0 0 * * *' },
  { name: 'daily_noon', label: 'Every day at noon', cron: '0 12 * * *' },
  { name: 'weekdays_9am', label: 'Monday to Friday at 9:00', cron: '0 9 * * 1-5' },
  { name: 'weekly_monday', label: 'Every Monday at midnight', cron: '0 0 * * 1' },
  { name: 'monthly_first', label: 'The first of each month', cron: '0 0 1 * *' },
] as const;
