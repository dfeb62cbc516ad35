import { Cron } from 'croner';

// When a schedule's slots are: five or six fields, or an @descriptor, in an IANA time zone.

const DESCRIPTORS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** What is wrong with an expression or its time zone; undefined when it can be used. */
export const cronProblem = (expression: string, timezone: string): string | undefined => {
  const text = expression.trim();
  if (!isTimezone(timezone)) return `there is no time zone ${timezone}; an IANA name looks like Europe/Berlin`;
  if (text.startsWith('@')) {
    return DESCRIPTORS.includes(text.toLowerCase())
      ? undefined
      : `there is no ${text}; use ${DESCRIPTORS.join(', ')} or five fields`;
  }
  const fields = text.split(/\s+/).length;
  if (fields !== 5 && fields !== 6)
    return `a cron expression has 5 fields, or 6 with seconds first; this has ${fields}`;
  try {
    return cronOf(text, timezone).nextRun() === null ? 'it never comes' : undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message.replace(/^CronPattern: /, '') : String(cause);
  }
};

/** The slots after a moment, in order. */
export const nextSlots = (expression: string, timezone: string, after: Date, count: number): readonly Date[] =>
  cronOf(expression.trim(), timezone).nextRuns(count, after);

export const nextSlot = (expression: string, timezone: string, after: Date): Date | null =>
  nextSlots(expression, timezone, after, 1)[0] ?? null;

const cronOf = (expression: string, timezone: string): Cron => new Cron(expression, { timezone, paused: true });

/** Croner takes UTC; the list of the platform names it only as Etc/UTC in some versions. */
export const TIMEZONES: readonly string[] = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

const isTimezone = (name: string): boolean => {
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
