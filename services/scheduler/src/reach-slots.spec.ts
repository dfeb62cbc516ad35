import { expect, test } from '@jest/globals';
import { type Overlap, scheduleDecider } from '@testmesh/domain';
import type { HeldSchedule } from '@testmesh/store-postgres';
import { reachSlots } from './reach-slots.ts';

const HOUR_MS = 3_600_000;
const now = Date.UTC(2026, 0, 1, 12);

/** A schedule of every second that nobody looked at for three hours. */
const behind = (over: Pick<HeldSchedule, 'misfire' | 'overlap'>) =>
  ({
    ...{ id: 's', version: 1, cron: '* * * * * *', timezone: 'UTC', status: 'active', state: scheduleDecider.initial },
    ...{ now: new Date(now), nextRunAt: new Date(now - 3 * HOUR_MS), ...over },
  }) as HeldSchedule;

const everyWay = (['none', 'last', 'all'] as const).flatMap((misfire) =>
  (['allow', 'skip', 'queue', 'cancel-previous'] as const).map((overlap): [HeldSchedule['misfire'], Overlap] => [
    misfire,
    overlap,
  ]),
);

test.each(everyWay)('three hours of every second take few decisions of few facts (%s, %s)', (misfire, overlap) => {
  let held = behind({ misfire, overlap });
  let [rounds, fired] = [0, 0];
  for (; held.nextRunAt !== null && held.nextRunAt.getTime() <= now; rounds += 1) {
    const { events, nextRunAt } = reachSlots(held);
    const of = (...types: readonly string[]): number => events.filter(({ type }) => types.includes(type)).length;
    // What is replaced before it is asked for ends there: two more facts, which no row and no event of the journal is made of.
    expect(of('ScheduleFired', 'ScheduleMissed')).toBeLessThanOrEqual(101);
    expect(of('ScheduleMissed')).toBeLessThanOrEqual(2);
    fired += of('ScheduleFired');
    const state = events.reduce(scheduleDecider.evolve, held.state);
    held = { ...held, state, nextRunAt: nextRunAt ?? null };
  }
  expect(rounds).toBeLessThanOrEqual(2);
  const reached = 61 + (misfire === 'all' ? 100 : 0);
  expect(fired).toBe({ allow: reached, skip: 1, queue: Math.min(reached, 100), 'cancel-previous': reached }[overlap]);
  expect(held.state.lastSlot).toBe(now);
});
