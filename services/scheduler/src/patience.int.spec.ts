import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Fire } from '@testmesh/commands';
import type { ScheduleContent } from '@testmesh/store-postgres';
import { describeWith } from '../../../tools/testing/real.ts';
import { type TestScheduler, testScheduler } from './scheduler.fixture.ts';

jest.setTimeout(60_000);

const MINUTE_MS = 60_000;

describeWith('postgres', 'a slot that cannot be asked for just now', (address) => {
  let world: TestScheduler;
  beforeAll(async () => {
    world = await testScheduler(address);
  });
  afterAll(() => world.close());
  beforeEach(() => {
    world.faults.length = 0;
  });

  /** A daily schedule whose slot was two minutes ago, when nobody watched: it is caught up. */
  const caughtUp = async (name: string, more: Partial<ScheduleContent> = {}) => {
    const target = more.suiteId === undefined ? { flowId: await world.flow(name) } : {};
    const slot = new Date(Math.floor(Date.now() / MINUTE_MS - 2) * MINUTE_MS);
    const cron = `${slot.getUTCMinutes()} ${slot.getUTCHours()} * * *`;
    return world.schedule(name, { ...target, cron, nextRunAt: slot, ...more });
  };
  /** A loop whose asking does its work, and loses the answer so many times. */
  const losing = (times: number) => {
    let lost = 0;
    const firing =
      (fire: Fire): Fire =>
      async (schedule, id) => {
        await fire(schedule, id);
        lost += 1;
        if (lost <= times) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      };
    return world.scheduleLoop(firing);
  };
  const typesOf = async (runId: string) => {
    const types: string[] = [];
    for await (const { type } of world.storage.journal.read(`run-${runId}`)) types.push(type);
    return types;
  };
  const firings = async (id: string) => (await world.firings(id)).items;
  const aMinuteLater = (firing: string) =>
    world.storage.pool.query(
      `update testmesh.schedule_runs set tried_at = tried_at - interval '61 seconds' where id = $1`,
      [firing],
    );

  test('is asked for again under its id, however long ago the slot was', async () => {
    const id = await caughtUp('caught up');
    const loop = losing(1);
    await loop.round();
    const [first] = await firings(id);
    expect(first).toMatchObject({ status: 'pending', error: null });
    expect(world.faults).toMatchObject([{ error: { message: 'read ECONNRESET' } }]);
    await loop.round();
    await world.end(first?.id ?? '', 'passed');
    await world.settle();
    expect(await firings(id)).toMatchObject([{ id: first?.id, status: 'completed', error: null }]);
  });

  test('has failed a minute after the first try, and what was queued all the same is cancelled', async () => {
    const id = await caughtUp('hopeless');
    const loop = losing(9);
    await loop.round();
    const [first] = await firings(id);
    await loop.round();
    expect(await typesOf(first?.id ?? '')).toEqual(['RunRequested']);
    await aMinuteLater(first?.id ?? '');
    await loop.round();
    await world.settle();
    expect(await typesOf(first?.id ?? '')).toEqual(['RunRequested', 'RunCancelRequested', 'RunCompleted']);
    expect(await firings(id)).toMatchObject([{ id: first?.id, status: 'failed', error: 'read ECONNRESET' }]);
  });

  test('a retry has a minute of its own', async () => {
    const id = await caughtUp('again', { maxRetries: 1 });
    const loop = losing(3);
    await loop.round();
    const [first] = await firings(id);
    await aMinuteLater(first?.id ?? '');
    await loop.round();
    await loop.round();
    const [retry] = await firings(id);
    expect(retry).toMatchObject({ retryCount: 1, status: 'pending', error: null });
    await loop.round();
    await world.end(retry?.id ?? '', 'passed');
    await world.settle();
    expect(await firings(id)).toMatchObject([{ status: 'completed' }, { id: first?.id, status: 'failed' }]);
  });

  test('of a suite is given up as a whole', async () => {
    const suiteId = await world.suite('given up', await world.flow('part'));
    const id = await caughtUp('of a suite', { suiteId });
    const loop = losing(9);
    await loop.round();
    const [first] = await firings(id);
    await aMinuteLater(first?.id ?? '');
    await loop.round();
    await world.settle();
    const run = await world.storage.suiteRuns.get(world.caller.workspace, suiteId, first?.id ?? '');
    expect(run?.members).toMatchObject([{ verdict: 'cancelled' }]);
    expect(await firings(id)).toMatchObject([{ status: 'failed', error: 'read ECONNRESET' }]);
  });

  test('schedules that cannot be read, however many, hold up neither those that catch up nor what waits to be asked for', async () => {
    const ids = await Promise.all(Array.from({ length: 30 }, (_, at) => caughtUp(`unreadable ${at}`)));
    const sql = `update testmesh.schedules set sealed_variables = 'v1.gone.AAAA', variables = null,
      next_run_at = next_run_at - interval '1 hour' where id = any($1)`;
    await world.storage.pool.query(sql, [ids]);
    const id = await caughtUp('behind them');
    const loop = world.scheduleLoop();
    for (let rounds = 0; rounds < 12 && (await firings(id)).length === 0; rounds += 1) await loop.round();
    expect(await firings(id)).toMatchObject([{ status: 'pending', error: null }]);
    await loop.round();
    expect(await typesOf((await firings(id))[0]?.id ?? '')).toEqual(['RunRequested']);
    expect(world.faults.length).toBeGreaterThanOrEqual(25);
  });
});
