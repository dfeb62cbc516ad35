import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextSlot, scheduleProblem, slotsBetween } from './cron.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const iso = (slots: readonly number[]): string[] => slots.map((slot) => new Date(slot).toISOString().slice(0, 19));
const at = (text: string): number => Date.parse(`${text}Z`);

const berlin = (expression: string) => ({ expression, timeZone: 'Europe/Berlin' });

test('S1: a time of day that the clock skips runs right after the gap', () => {
  // 29 March 2026: 02:00 becomes 03:00, which is 01:00 UTC.
  expect(iso(slotsBetween(berlin('30 2 * * *'), at('2026-03-28T00:00'), at('2026-03-31T00:00')))).toEqual([
    '2026-03-28T01:30:00',
    '2026-03-29T01:00:00',
    '2026-03-30T00:30:00',
  ]);
});

test('S1: a time of day that occurs twice runs once', () => {
  // 25 October 2026: 03:00 becomes 02:00 at 01:00 UTC.
  expect(iso(slotsBetween(berlin('30 2 * * *'), at('2026-10-24T12:00'), at('2026-10-26T12:00')))).toEqual([
    '2026-10-25T00:30:00',
    '2026-10-26T01:30:00',
  ]);
});

test('S2: an hourly schedule runs in both of the hours that look the same', () => {
  expect(slotsBetween(berlin('0 * * * *'), at('2026-10-24T22:00'), at('2026-10-25T22:00'))).toHaveLength(24);
});

test('six fields count seconds, descriptors stand for their fields', () => {
  const from = at('2026-01-01T00:00');
  expect(slotsBetween({ expression: '*/20 * * * * *', timeZone: 'UTC' }, from, from + MINUTE)).toEqual([
    from + 20_000,
    from + 40_000,
    from + MINUTE,
  ]);
  for (const [descriptor, fields] of [
    ['@hourly', '0 * * * *'],
    ['@daily', '0 0 * * *'],
    ['@midnight', '0 0 * * *'],
    ['@annually', '0 0 1 1 *'],
    ['@weekly', '0 0 * * 0'],
    ['@monthly', '0 0 1 * *'],
    ['@yearly', '0 0 1 1 *'],
  ] as const) {
    expect(nextSlot(berlin(descriptor), from)).toBe(nextSlot(berlin(fields), from));
  }
});

test('what can never be due is refused with its reason', () => {
  expect(scheduleProblem(berlin('0 3 * * *'))).toBeUndefined();
  expect(scheduleProblem(berlin('0 0 30 2 *'))).toContain('never comes');
  expect(scheduleProblem(berlin('every day'))).toBeDefined();
  expect(scheduleProblem(berlin('99 * * * *'))).toBeDefined();
  expect(scheduleProblem(berlin('0 0 0 0 0 0 0'))).toBeDefined();
  expect(scheduleProblem({ expression: '@daily', timeZone: 'Europe/Atlantis' })).toBeDefined();
});

test.each([
  '0 0 L * *',
  '0 0 15W * *',
  '0 0 * * FRI#2',
  '0 0 * * 5L',
  '? * * * *',
  '0 0 ? * *',
  '0 0 * * +FRI',
  '5/15 * * * *',
  '0 0 * * FREITAG',
  '0 MON * * *',
  '1, * * * *',
  '1-2-3 * * * *',
  '*/ * * * *',
  '@every 5m',
  '@DAILY',
])('%s is refused: nowhere is it said what it means', (expression) => {
  expect(scheduleProblem(berlin(expression))).toMatch(/is not understood|there is no/);
});

test.each(['1,15 8-18/2 1-7 * MON,wed', '*/20 * * * * *', '0 0 * * 7', '0 0 1 JAN-JUN/2 *', '00 09 * * 0-6'])(
  '%s can be used',
  (expression) => {
    expect(scheduleProblem(berlin(expression))).toBeUndefined();
  },
);

// The oracle looks at every minute's wall clock and knows nothing of cron's arithmetic.
interface Fields {
  readonly minutes: readonly number[] | undefined;
  readonly hours: readonly number[] | undefined;
  readonly weekdays: readonly number[] | undefined;
}

interface Wall {
  readonly date: string;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const clockOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = clocks.get(timeZone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  clocks.set(timeZone, clock);
  return clock;
};

const wallAt = (timeZone: string, time: number): Wall => {
  const [, date = '', hour = '', minute = ''] =
    /^(\d{4}-\d\d-\d\d), (\d\d):(\d\d)$/.exec(clockOf(timeZone).format(time)) ?? [];
  return { date, weekday: new Date(`${date}T00:00Z`).getUTCDay(), hour: Number(hour), minute: Number(minute) };
};

const minuteOfDay = ({ hour, minute }: Wall): number => hour * 60 + minute;

/** Every minute of a window with its wall clock, a day ahead so that what fired earlier on the first day is known. */
const minutesOf = (timeZone: string, from: number, to: number): readonly (readonly [number, Wall])[] => {
  const name = `${timeZone} ${from}`;
  const known = looked.get(name);
  if (known) return known;
  const all: [number, Wall][] = [];
  for (let time = from - DAY; time <= to; time += MINUTE) all.push([time, wallAt(timeZone, time)]);
  looked.set(name, all);
  return all;
};
const looked = new Map<string, readonly (readonly [number, Wall])[]>();

const matchesWall = ({ minutes, hours }: Fields, wall: Wall): boolean =>
  (minutes?.includes(wall.minute) ?? true) && (hours?.includes(wall.hour) ?? true);

/** At the time of day wanted, or right after a jump over it. */
const isFixedDue = (wanted: number, wall: Wall, before: Wall | undefined): boolean =>
  minuteOfDay(wall) === wanted ||
  (before?.date === wall.date && minuteOfDay(before) < wanted && minuteOfDay(wall) > wanted);

const bruteForce = (fields: Fields, timeZone: string, from: number, to: number): number[] => {
  const { minutes, hours, weekdays } = fields;
  const isFixed = minutes?.length === 1 && hours?.length === 1;
  const wanted = (hours?.[0] ?? 0) * 60 + (minutes?.[0] ?? 0);
  const done = new Set<string>();
  let before: Wall | undefined;
  const slots = minutesOf(timeZone, from, to).filter(([, wall]) => {
    const isDue = isFixed ? !done.has(wall.date) && isFixedDue(wanted, wall, before) : matchesWall(fields, wall);
    before = wall;
    if (!isDue || weekdays?.includes(wall.weekday) === false) return false;
    done.add(wall.date);
    return true;
  });
  return slots.map(([time]) => time).filter((time) => time > from);
};

// Around a change of the clocks in both hemispheres, of half an hour (Lord Howe), and where there is none.
const windows = [
  ['Europe/Berlin', '2026-03-28T12:00'],
  ['Europe/Berlin', '2026-10-24T12:00'],
  ['America/New_York', '2026-03-07T18:00'],
  ['America/New_York', '2026-10-31T18:00'],
  ['Australia/Lord_Howe', '2026-04-04T02:00'],
  ['Australia/Lord_Howe', '2026-10-03T02:00'],
  ['Pacific/Auckland', '2026-09-26T02:00'],
  ['Asia/Kolkata', '2026-06-01T00:00'],
  ['UTC', '2026-02-28T00:00'],
] as const;

const listOf = (most: number, size: number) =>
  fc.uniqueArray(fc.integer({ min: 0, max: most }), { minLength: 1, maxLength: size });

test('S1, S2: slots are those that a look at every minute finds, over changes of the clock', () => {
  const property = fc.property(
    fc.constantFrom(...windows),
    fc.option(listOf(59, 3), { nil: undefined }),
    fc.option(listOf(5, 3), { nil: undefined }),
    fc.option(listOf(6, 4), { nil: undefined }),
    ([timeZone, start], minutes, hours, weekdays) => {
      const field = (values: readonly number[] | undefined): string => values?.join(',') ?? '*';
      const expression = `${field(minutes)} ${field(hours)} * * ${field(weekdays)}`;
      const from = at(start);
      const to = from + 1.5 * DAY;
      const slots = slotsBetween({ expression, timeZone }, from, to);
      expect(slots).toEqual(bruteForce({ minutes, hours, weekdays }, timeZone, from, to));
    },
  );
  fc.assert(property, { numRuns: 120, seed: 20_261_121 });
});
