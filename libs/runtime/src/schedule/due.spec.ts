import { expect, test } from '@jest/globals';
import { Cron } from 'croner';
import fc from 'fast-check';
import { type CronSchedule, slotsBetween } from './cron.ts';
import { dueSlots, type MisfirePolicy, slotRunId } from './due.ts';

const hourly = { expression: '0 * * * *', timeZone: 'UTC' };
const HOUR = 3_600_000;
const start = Date.UTC(2026, 0, 1);
const policy = (misfire: MisfirePolicy['misfire']): MisfirePolicy => ({
  misfire,
  maxLatenessMs: 3 * HOUR,
  onTimeMs: 60_000,
  atOnce: 100,
});
const hours = (slots: readonly number[]): number[] => slots.map((slot) => (slot - start) / HOUR);

test.each([
  ['none', [], { since: 1, slot: 5, count: 5 }],
  ['last', [5], { since: 1, slot: 4, count: 4 }],
  ['all', [3, 4, 5], { since: 1, slot: 2, count: 2 }],
] as const)('U2: after an outage, %s fires %j', (misfire, fire, missed) => {
  const due = dueSlots(hourly, policy(misfire), start, start + 5.9 * HOUR);
  expect(hours(due.fire)).toEqual(fire);
  const range = { ...missed, since: start + missed.since * HOUR, slot: start + missed.slot * HOUR };
  expect(due.missed).toEqual(range);
  expect(due.next).toBe(start + 6 * HOUR);
});

test.each([
  ['none', [6]],
  ['last', [6]],
  ['all', [3, 4, 5, 6]],
] as const)('U1: with one on time, %s fires %j', (misfire, fire) => {
  expect(hours(dueSlots(hourly, policy(misfire), start, start + 6 * HOUR).fire)).toEqual(fire);
});

test('U1: looking again finds nothing new, however often', () => {
  const now = start + 6 * HOUR + 1;
  expect(dueSlots(hourly, policy('all'), start + 6 * HOUR, now)).toEqual({ fire: [], next: start + 7 * HOUR });
});

/** How often the calendar is asked while something is done. */
const asked = (work: () => void): number => {
  const { nextRun } = Cron.prototype;
  let times = 0;
  Cron.prototype.nextRun = function (...given) {
    times += 1;
    return nextRun.apply(this, given);
  };
  try {
    work();
  } finally {
    Cron.prototype.nextRun = nextRun;
  }
  return times;
};

const everySecond = { expression: '* * * * * *', timeZone: 'UTC' };
const day = { maxLatenessMs: 24 * HOUR, onTimeMs: 60_000, atOnce: 100 };

test.each([
  ['last', 0, 61],
  ['none', 0, 61],
  ['all', 100, 161],
] as const)('U4: after a day of every second, %s is caught up in few looks of few slots', (misfire, late, fires) => {
  const now = start + 24 * HOUR;
  const seen = lookUntilDone(everySecond, { ...day, misfire }, { from: start, now });
  expect(seen.looks).toBeLessThanOrEqual(2);
  expect(seen.fire).toHaveLength(fires);
  expect(seen.missed).toEqual([{ since: start + 1000, slot: now - (61 + late) * 1000, count: null }]);
  const most = asked(() => dueSlots(everySecond, { ...day, misfire }, start, now));
  expect(most).toBeLessThanOrEqual(500);
});

test('U4: a month of every second is one range, too, and nothing of it is left out', () => {
  const now = start + 30 * 24 * HOUR;
  const seen = lookUntilDone(everySecond, { ...day, misfire: 'last' }, { from: start, now });
  expect(seen.looks).toBe(1);
  expect(seen.missed).toEqual([{ since: start + 1000, slot: now - 61_000, count: null }]);
});

test('U1: what is later than anything is caught up is missed all the same', () => {
  const now = start + 49.5 * HOUR;
  const daily = { expression: '0 0 * * *', timeZone: 'UTC' };
  const { fire, missed } = dueSlots(daily, { ...day, maxLatenessMs: HOUR, misfire: 'all' }, start, now);
  expect(fire).toEqual([]);
  expect(missed).toEqual({ since: start + 24 * HOUR, slot: start + 48 * HOUR, count: 2 });
});

test('U4: a burst between quiet hours takes looks of few slots each', () => {
  const burst = { expression: '* * 1 * * *', timeZone: 'UTC' };
  const now = start + 9 * HOUR;
  let last = start;
  for (let looks = 0; ; looks += 1) {
    let due = dueSlots(burst, { ...day, misfire: 'last' }, now, now);
    const times = asked(() => {
      due = dueSlots(burst, { ...day, misfire: 'last' }, last, now);
    });
    expect(times).toBeLessThanOrEqual(2000);
    expect(looks).toBeLessThan(40);
    if (due.fire.length > 0) return expect(due.fire).toEqual([start + 2 * HOUR - 1000]);
    last = (due.next ?? now) - 1;
  }
});

/** Looks again and again, as a scheduler does, until nothing is left. */
const lookUntilDone = (
  schedule: CronSchedule,
  policy: MisfirePolicy,
  { from, now }: { readonly from: number; readonly now: number },
) => {
  const fire: number[] = [];
  const missed = [];
  let looks = 0;
  for (let next: number | undefined = from + 1; next !== undefined && next <= now; looks += 1) {
    const due = dueSlots(schedule, policy, next - 1, now);
    expect(due.fire.length).toBeLessThanOrEqual(policy.atOnce);
    if (due.next !== undefined) expect(due.next).toBeGreaterThan(next);
    fire.push(...due.fire);
    if (due.missed) missed.push(due.missed);
    next = due.next;
  }
  return { fire, missed, looks };
};

test('U1, U2, U4: whatever is looked at in pieces comes to what one look at everything says', () => {
  const property = fc.property(
    fc.constantFrom('* * * * * *', '*/3 * * * * *', '0-9 * * * * *', '* 0,2 * * * *', '7 * * * * *', '0 */5 * * * *'),
    fc.constantFrom('none', 'last', 'all'),
    fc.integer({ min: 1, max: 7 }),
    fc.integer({ min: 0, max: 6 }),
    fc.integer({ min: 0, max: 700 }),
    fc.constantFrom(20_000, HOUR),
    (expression, misfire, atOnce, onTime, seconds, maxLatenessMs) => {
      const schedule = { expression, timeZone: 'UTC' };
      const policy = { misfire, atOnce, onTimeMs: Math.min(onTime, atOnce - 1) * 1000, maxLatenessMs } as const;
      const now = start + seconds * 1000 + 300;
      const slots = slotsBetween(schedule, start, now);
      const late = slots.filter((slot) => now - slot > policy.onTimeMs);
      const fresh = slots.slice(late.length);
      const young = late.filter((slot) => now - slot <= maxLatenessMs);
      const caughtUp = { none: [], last: fresh.length > 0 ? [] : young.slice(-1), all: young.slice(-atOnce) }[misfire];
      const { fire, missed } = lookUntilDone(schedule, policy, { from: start, now });
      expect(fire).toEqual([...caughtUp, ...fresh]);
      const isMissed = (slot: number): boolean => missed.some(({ since, slot: to }) => since <= slot && slot <= to);
      expect(slots.filter(isMissed)).toEqual(late.slice(0, late.length - caughtUp.length));
      for (const { since, slot, count } of missed) {
        expect([since, slot].every((end) => slots.includes(end))).toBe(true);
        if (count !== null) expect(slots.filter((one) => since <= one && one <= slot)).toHaveLength(count);
      }
    },
  );
  fc.assert(property, { numRuns: 200, seed: 20_261_122 });
});

test('U3: the run of a slot is the same for everybody, and differs by schedule, version and slot', () => {
  const slot = { scheduleId: 's', version: 1, at: start };
  expect(slotRunId(slot)).toBe(slotRunId({ ...slot }));
  const others = [slot, { ...slot, scheduleId: 't' }, { ...slot, version: 2 }, { ...slot, at: start + 1 }];
  expect(new Set(others.map(slotRunId)).size).toBe(4);
  expect(slotRunId(slot)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(slotRunId(slot).replace('-', '').slice(0, 12), 16)).toBe(start);
});
