import { expect, test } from '@jest/globals';
import { dueSlots, type MisfirePolicy, slotRunId } from './due.ts';

const hourly = { expression: '0 * * * *', timeZone: 'UTC' };
const HOUR = 3_600_000;
const start = Date.UTC(2026, 0, 1);
const policy = (misfire: MisfirePolicy['misfire']): MisfirePolicy => ({
  misfire,
  maxLatenessMs: 3 * HOUR,
  onTimeMs: 60_000,
});
const hours = (slots: readonly number[]): number[] => slots.map((slot) => (slot - start) / HOUR);

test.each([
  ['none', [], [3, 4, 5]],
  ['last', [5], [3, 4]],
  ['all', [3, 4, 5], []],
] as const)('U2: after an outage, %s fires %j', (misfire, fire, missed) => {
  const due = dueSlots(hourly, policy(misfire), start, start + 5.9 * HOUR);
  expect(hours(due.fire)).toEqual(fire);
  expect(hours(due.missed)).toEqual(missed);
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
  expect(dueSlots(hourly, policy('all'), start + 6 * HOUR, now)).toEqual({ fire: [], missed: [] });
});

test('U3: the run of a slot is the same for everybody, and differs by schedule, version and slot', () => {
  const slot = { scheduleId: 's', version: 1, at: start };
  expect(slotRunId(slot)).toBe(slotRunId({ ...slot }));
  const others = [slot, { ...slot, scheduleId: 't' }, { ...slot, version: 2 }, { ...slot, at: start + 1 }];
  expect(new Set(others.map(slotRunId)).size).toBe(4);
  expect(slotRunId(slot)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(slotRunId(slot).replace('-', '').slice(0, 12), 16)).toBe(start);
});
