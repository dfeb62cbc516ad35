import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Delivery } from '@testmesh/ports';
import { newRunId } from '@testmesh/runtime';
import { describeWith } from '../../../tools/testing/real.ts';
import { requested } from './requested-run.fixture.ts';
import { made, type TestScheduler, testScheduler } from './scheduler.fixture.ts';
import { tidy } from './tidying.ts';

jest.setTimeout(60_000);

describeWith('postgres', 'the scheduler', (address) => {
  let world: TestScheduler;
  beforeAll(async () => {
    world = await testScheduler(address);
  });
  afterAll(async () => {
    expect(world.faults).toEqual([]);
    await world.close();
  });

  const events = async (stream: string) => {
    const read = [];
    for await (const event of world.storage.journal.read(stream)) read.push(event);
    return read;
  };
  /** Rounds until a firing of the schedule fits. */
  const untilOne = async (
    id: string,
    fits: (firing: Awaited<ReturnType<TestScheduler['firings']>>['items'][number]) => boolean,
  ) => {
    const loop = world.scheduleLoop();
    for (let tries = 0; tries < 100; tries += 1) {
      await loop.round();
      const found = (await world.firings(id)).items.find(fits);
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('no firing came');
  };
  const isAsked = async (runId: string | null) => (await events(`run-${runId}`)).length > 0;
  const pause = async (id: string) => {
    const before = await world.storage.schedules.get(world.caller.workspace, id);
    if (before === undefined) throw new Error('it is gone');
    made(await world.storage.schedules.update(world.caller, { id }, { ...before, status: 'paused', nextRunAt: null }));
  };

  test('forgets sessions whose time is over, and no others', async () => {
    const { pool, users } = world.storage;
    const sql = `insert into testmesh.users (email, name, password) values ('ada@example.com', 'Ada', '-') returning id`;
    const userId = (await pool.query<{ id: string }>(sql)).rows[0]?.id ?? '';
    const now = Date.now();
    const open = (hash: string, expiresAtMs: number) => users.openSession({ userId, hash, atMs: now, expiresAtMs });
    const [over, going] = ['aa'.repeat(32), 'bb'.repeat(32)];
    await open(over, now - 1000);
    await open(going, now + 3_600_000);
    await tidy(world.storage, { now: () => now });
    expect(await users.sessionByHash(over)).toBeUndefined();
    expect(await users.sessionByHash(going)).toMatchObject({ user: { email: 'ada@example.com' } });
  });

  test('fires each slot once, whichever of its copies sees it, and tells the journal', async () => {
    const id = await world.schedule('copies', { flowId: await world.flow('copies'), overlap: 'allow' });
    const loops = Array.from({ length: 4 }, () => world.scheduleLoop());
    const until = Date.now() + 3500;
    while (Date.now() < until) await Promise.all(loops.map((loop) => loop.round()));
    await pause(id);
    const { items } = await world.firings(id);
    const slots = items.map(({ scheduledAt }) => scheduledAt.getTime());
    expect(slots.length).toBeGreaterThanOrEqual(3);
    expect(new Set(slots).size).toBe(slots.length);
    await world.scheduleLoop().round();
    for (const { runId, error } of (await world.firings(id)).items) {
      expect(await events(`run-${runId}`)).toHaveLength(error === 'the schedule is paused' ? 0 : 1);
    }
    const fired = (await events(`schedule-${id}`)).filter(({ type }) => type === 'ScheduleFired');
    expect(fired.map(({ data }) => data['slot']).sort()).toEqual([...slots].sort());
  });

  test('tries a slot again as its policy says, and tells people once that it began to fail and once that it recovered', async () => {
    const flowId = await world.flow('flaky');
    const id = await world.schedule('flaky', { flowId, maxRetries: 1, environment: null });
    const before = (await world.told()).length;
    const first = await untilOne(id, ({ status }) => status === 'pending');
    await world.end(first.id, 'failed', 'step a failed');
    await world.settle();
    expect((await world.told()).slice(before)).toEqual([]);
    const retry = await untilOne(id, ({ retryCount }) => retryCount === 1);
    expect(await isAsked(retry.runId)).toBe(true);
    await world.end(retry.id, 'failed', 'step a failed');
    await world.settle();
    expect((await world.told()).slice(before)).toEqual(['schedule flaky began to fail']);
    for (const verdict of ['error', 'passed', 'passed'] as const) {
      const next = await untilOne(id, ({ status }) => status === 'pending');
      await world.end(next.id, verdict);
      await world.settle();
      // The retry of the one that ended in error passes.
      if (verdict === 'error') await world.end((await untilOne(id, ({ status }) => status === 'pending')).id, 'failed');
      await world.settle();
    }
    expect((await world.told()).slice(before)).toEqual([
      'schedule flaky began to fail',
      'schedule flaky recovered after 2 failures',
    ]);
    await pause(id);
  });

  test('skips a slot of a suite while the suite’s run goes on, and ends it with its last part', async () => {
    const [a, b] = [await world.flow('part-a'), await world.flow('part-b')];
    const suiteId = await world.suite('both', a, b);
    const id = await world.schedule('suite', { suiteId });
    const first = await untilOne(id, ({ status }) => status === 'running');
    expect(first).toMatchObject({ runId: null, suiteRunId: first.id });
    const skipped = await untilOne(id, ({ status }) => status === 'skipped');
    expect(skipped.error).toBe(`it was skipped: run ${first.id} of this schedule had not ended`);
    await pause(id);
    const partOf = async (flowId: string) => {
      const run = await world.storage.suiteRuns.get(world.caller.workspace, suiteId, first.id);
      return run?.members.find((member) => member.flowId === flowId)?.runId ?? null;
    };
    const firstPart = await partOf(a);
    await world.end(firstPart ?? '', 'passed');
    await world.settle();
    expect(await partOf(a)).toBe(firstPart);
    await world.end((await partOf(b)) ?? '', 'failed');
    await world.settle();
    const ended = (await world.firings(id)).items.find((firing) => firing.id === first.id);
    expect(ended).toMatchObject({ status: 'failed', error: 'of its flows: part-b' });
    expect(await world.told()).toContain('schedule suite began to fail');
  });

  test('a suite without flows fails its firing: nothing was tested', async () => {
    const id = await world.schedule('of nothing', { suiteId: await world.suite('nothing') });
    const first = await untilOne(id, ({ suiteRunId }) => suiteRunId !== null);
    await pause(id);
    await world.settle();
    const ended = (await world.firings(id)).items.find((firing) => firing.id === first.id);
    expect(ended).toMatchObject({ status: 'failed', error: 'the suite has no flows' });
    expect(await world.told()).toContain('schedule of nothing began to fail');
  });

  test('replaces what goes on, queues behind it, and drops what waits when the schedule is paused', async () => {
    const flowId = await world.flow('overlapping');
    const replacing = await world.schedule('replacing', { flowId, overlap: 'cancel-previous' });
    const old = await untilOne(replacing, ({ status }) => status === 'pending');
    await untilOne(replacing, ({ id, status }) => id !== old.id && status === 'pending');
    await untilOne(replacing, () => true);
    expect((await events(`run-${old.id}`)).map(({ type }) => type)).toEqual([
      'RunRequested',
      'RunCancelRequested',
      'RunCompleted',
    ]);
    await pause(replacing);
    const queuing = await world.schedule('queuing', { flowId, overlap: 'queue' });
    const running = await untilOne(queuing, ({ status }) => status === 'pending');
    const behind = await untilOne(queuing, ({ id }) => id !== running.id);
    expect(await isAsked(behind.runId)).toBe(false);
    await pause(queuing);
    await world.end(running.id, 'passed');
    await world.settle();
    const dropped = await untilOne(queuing, ({ id, status }) => id === behind.id && status === 'skipped');
    expect(dropped.error).toBe('the schedule is paused');
    expect(await isAsked(behind.runId)).toBe(false);
  });

  test('a flow that cannot be asked for ends the firing in error, the schedule goes on, and people are told as of a run', async () => {
    const { pool, notifications } = world.storage;
    const flowId = await world.flow('broken');
    const id = await world.schedule('broken', { flowId, variables: {}, environment: null });
    const text = async (value: string) =>
      pool.query('update testmesh.flows set text = $2 where id = $1', [flowId, value]);
    const before = (await pool.query<{ text: string }>('select text from testmesh.flows where id = $1', [flowId]))
      .rows[0];
    await text('flow: {}');
    const firing = await untilOne(id, ({ status }) => status === 'failed');
    expect(firing.error).toContain('TM');
    await untilOne(id, (other) => other.id !== firing.id && other.status === 'failed');
    const { items } = await notifications.list(world.caller, { limit: 100, offset: 0 });
    const told = items.filter(({ title }) => title.startsWith('schedule broken'));
    const slot = firing.scheduledAt.toISOString();
    expect(told).toMatchObject([{ title: 'schedule broken began to fail', runId: null }]);
    expect(told[0]?.message).toBe(`its slot of ${slot} could not be run: ${firing.error}`);
    await text(before?.text ?? '');
    const good = await untilOne(id, ({ status }) => status === 'pending');
    await pause(id);
    await world.end(good.id, 'passed');
    await world.settle();
    expect((await world.told()).filter((title) => title.startsWith('schedule broken'))).toEqual([
      'schedule broken began to fail',
      expect.stringMatching(/^schedule broken recovered after \d+ failures$/),
    ]);
  });

  test('tells of a stored flow per environment, and of nothing that was cancelled', async () => {
    const flowId = await world.flow('by-hand');
    const runs = async (...verdicts: readonly ('passed' | 'failed' | 'cancelled')[]) => {
      for (const verdict of verdicts) {
        const runId = newRunId();
        await world.storage.queue.request([requested(world, flowId, runId)]);
        await world.end(runId, verdict);
        await world.settle();
      }
    };
    const before = (await world.told()).length;
    await runs('passed', 'failed', 'cancelled', 'failed', 'passed');
    expect((await world.told()).slice(before)).toEqual([
      'flow by-hand began to fail',
      'flow by-hand recovered after 2 failures',
    ]);
  });

  test('a message is sent again under its id when its sender dies before it marks it', async () => {
    const { storage, caller } = world;
    const content = {
      name: 'crashing',
      kind: 'slack',
      enabled: true,
      settings: { target: 'x' },
      events: ['failing'],
      about: ['schedule'],
    } as const;
    const channel = made(await storage.channels.create(caller, content, { url: 'https://hooks.example.com/SECRET' }));
    await storage.channels.test(caller.workspace, channel.id);
    const sent: Delivery[] = [];
    const send = async (delivery: Delivery) => {
      sent.push(delivery);
      return { outcome: 'sent' } as const;
    };
    const dying = {
      ...storage.outbox,
      delivered: async () => {
        throw new Error('the process was killed');
      },
    };
    await world.deliveryLoop(send, { outbox: dying, leaseMs: 300 }).round();
    expect(world.faults.splice(0)).toHaveLength(1);
    const other = world.deliveryLoop(send);
    await other.round();
    expect(sent).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 350));
    await other.round();
    await other.round();
    expect(sent.map(({ id, attempt }) => [id, attempt])).toEqual([
      [sent[0]?.id, 1],
      [sent[0]?.id, 2],
    ]);
    const { items } = await storage.outbox.list(caller.workspace, { limit: 10, offset: 0, channelId: channel.id });
    expect(items).toMatchObject([{ state: 'delivered', attempts: 2, channelName: 'crashing', lastError: null }]);
  });

  test('a delivery that was given up is kept with its reason, and can be sent again', async () => {
    const { storage, caller } = world;
    const id = await world.schedule('mailed', {
      flowId: await world.flow('mailed'),
      notifyEmails: ['ada@example.com'],
    });
    await pause(id);
    const firing = newRunId();
    await storage.firings.changeNow(id, () => ({
      events: [
        { type: 'ScheduleFired', firing, slot: Date.now(), retry: 0, manual: false, notBefore: 0, waits: false },
        { type: 'ScheduleRunAsked', firing },
      ],
    }));
    const trigger = { kind: 'schedule', id } as const;
    await storage.queue.request([requested(world, await world.flow('mailed-run'), firing, trigger)]);
    await world.end(firing, 'failed', 'no');
    await world.settle();
    await world.deliveryLoop(async () => ({ outcome: 'sent' })).round();
    const list = () => storage.outbox.list(caller.workspace, { limit: 10, offset: 0, state: 'dead' });
    const [dead] = (await list()).items;
    expect(dead).toMatchObject({ title: 'schedule mailed began to fail', channelId: null, attempts: 1 });
    expect(dead?.lastError).toContain('need an e-mail channel');
    expect(await storage.outbox.revive(caller.workspace, dead?.id ?? '')).toBe(true);
    expect((await list()).total).toBe(0);
  });
});
