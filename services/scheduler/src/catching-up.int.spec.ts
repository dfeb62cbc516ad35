import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { scheduleEventOf, scheduleStream } from '@testmesh/domain';
import type { ScheduleContent } from '@testmesh/store-postgres';
import { describeWith } from '../../../tools/testing/real.ts';
import { type TestScheduler, testScheduler } from './scheduler.fixture.ts';

jest.setTimeout(60_000);

const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;

describeWith('postgres', 'a schedule of every second, after three hours without a scheduler,', (address) => {
  let world: TestScheduler;
  let flowId: string;
  beforeAll(async () => {
    world = await testScheduler(address);
    flowId = await world.flow('f');
  });
  afterAll(async () => {
    expect(world.faults).toEqual([]);
    await world.close();
  });

  const behind = (name: string, over: Partial<ScheduleContent>) =>
    world.schedule(name, { flowId, nextRunAt: new Date(Date.now() - 3 * HOUR_MS), ...over });
  const rows = async (id: string) => {
    const sql = `select state, scheduled_at as at, missed_since as since, slots from testmesh.schedule_runs where schedule_id = $1`;
    return (await world.storage.pool.query<Row>(`${sql} order by scheduled_at`, [id])).rows;
  };
  const nextOf = async (id: string) =>
    (await world.storage.schedules.get(world.caller.workspace, id))?.nextRunAt?.getTime() ?? Infinity;
  const facts = async (id: string) => {
    const read = [];
    for await (const event of world.storage.journal.read(scheduleStream(id))) read.push(scheduleEventOf(event));
    return read;
  };
  const stop = (id: string) =>
    world.storage.pool.query(`update testmesh.schedules set status = 'paused', next_run_at = null where id = $1`, [id]);

  /** Rounds until a slot of the schedule is to come; each writes few rows. */
  const catchUp = async (id: string) => {
    const loop = world.scheduleLoop();
    let before = 0;
    for (let rounds = 1; ; rounds += 1) {
      await loop.round();
      const now = (await rows(id)).length;
      expect(now - before).toBeLessThanOrEqual(101);
      before = now;
      if ((await nextOf(id)) > Date.now() - SECOND_MS) return rounds;
      expect(rounds).toBeLessThan(10);
    }
  };

  test.each([
    ['last', 0],
    ['none', 0],
    ['all', 100],
  ] as const)(
    'fires what is on time and, with %s, %i of what it missed; the rest is one fact',
    async (misfire, late) => {
      const id = await behind(misfire, { misfire, overlap: 'allow' });
      await catchUp(id);
      await stop(id);
      const [missed, ...fired] = await rows(id);
      expect(missed).toMatchObject({ state: 'missed', slots: null });
      expect((missed?.at.getTime() ?? 0) - (missed?.since?.getTime() ?? 0)).toBeGreaterThan(2.9 * HOUR_MS);
      expect(fired.map(({ state }) => state)).not.toContain('missed');
      // Every second after what was missed has fired, once.
      const first = fired[0]?.at.getTime() ?? 0;
      expect(first).toBe((missed?.at.getTime() ?? 0) + SECOND_MS);
      expect(fired.map(({ at }) => at.getTime())).toEqual(fired.map((_, at) => first + at * SECOND_MS));
      expect(fired.length).toBeGreaterThanOrEqual(late + 60);
      expect(fired.length).toBeLessThanOrEqual(late + 90);
      const kinds = (await facts(id)).map(({ type }) => type);
      expect(kinds).toEqual(['ScheduleMissed', ...fired.map(() => 'ScheduleFired')]);
    },
  );

  test('skips behind the one that fires, as one fact, too', async () => {
    const id = await behind('skipping', { misfire: 'all', overlap: 'skip' });
    await world.scheduleLoop().round();
    await stop(id);
    const firing = expect.any(String);
    expect(await facts(id)).toMatchObject([
      { type: 'ScheduleMissed', reason: 'late', count: null },
      { type: 'ScheduleFired', firing },
      { type: 'ScheduleMissed', reason: 'overlap', count: 99, by: firing },
    ]);
    const { items } = await world.firings(id);
    expect(items.map(({ slots, status }) => [slots, status])).toMatchObject([
      [99, 'skipped'],
      [1, expect.any(String)],
      [null, 'skipped'],
    ]);
    expect(items[0]?.error).toMatch(/^99 slots from .*Z on were skipped: run .* of this schedule had not ended$/);
    expect(items[2]?.error).toMatch(/^all slots from .*Z on were missed: nobody watched the clock at that time$/);
    const { skipped } = await world.storage.scheduleRuns.stats(world.caller.workspace, id, new Date(0));
    expect(skipped).toBe(100);
  });

  test('does not hold up those on time, however many catch up beside it', async () => {
    const many = await Promise.all(Array.from({ length: 60 }, (_, at) => behind(`many${at}`, {})));
    const fresh = await world.schedule('fresh', { flowId, nextRunAt: new Date(Date.now() - 2 * SECOND_MS) });
    await world.scheduleLoop().round();
    const asked = await rows(fresh);
    expect(asked.map(({ state }) => state)).toContain('asked');
    const moved = await Promise.all(many.map(async (id) => (await rows(id)).length > 0));
    expect(moved.filter(Boolean)).toHaveLength(25);
    await Promise.all([fresh, ...many].map(stop));
  });
});

interface Row {
  readonly state: string;
  readonly at: Date;
  readonly since: Date | null;
  readonly slots: number | null;
}
