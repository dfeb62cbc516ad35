import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { newRunId, OutcomeLoop, seededRandom, systemClock } from '@testmesh/runtime';
import { describeWith } from '../../../tools/testing/real.ts';
import { requested } from './requested-run.fixture.ts';
import { type TestScheduler, testScheduler } from './scheduler.fixture.ts';

jest.setTimeout(60_000);

describeWith('postgres', 'what cannot be taken in, or sent', (address) => {
  let world: TestScheduler;
  beforeAll(async () => {
    world = await testScheduler(address);
  });
  afterAll(() => world.close());
  beforeEach(() => {
    world.faults.length = 0;
  });

  /** A run of its own, of a flow or asked for by something; its id. */
  const run = async (flowId: string, trigger: { readonly kind: 'api' | 'schedule'; readonly id?: string }) => {
    const runId = newRunId();
    await world.storage.queue.request([requested(world, flowId, runId, trigger)]);
    return runId;
  };
  /** A firing that was asked for, of a schedule that fires no more. */
  const fired = async (name: string) => {
    const flowId = await world.flow(name);
    const schedule = await world.schedule(name, { flowId, nextRunAt: null, variables: { KEY: 'value' } });
    const firing = await run(flowId, { kind: 'schedule', id: schedule });
    await world.storage.firings.changeNow(schedule, () => ({
      events: [
        { type: 'ScheduleFired', firing, slot: Date.now(), retry: 0, manual: false, notBefore: 0, waits: false },
        { type: 'ScheduleRunAsked', firing },
      ],
    }));
    return { schedule, firing };
  };
  const firstOf = async (schedule: string) => (await world.firings(schedule)).items[0];
  const setAside = async () => (await world.storage.outcomes(newRunId).setAside()).map(({ name }) => name);
  const faults = () => world.faults.map((fault) => String((fault as { readonly error: unknown }).error));
  /** What `value` was before is put back by what is returned. */
  const spoil = async (schedule: string) => {
    const { pool } = world.storage;
    const read = 'select sealed_variables as sealed from testmesh.schedules where id = $1';
    const sealed = (await pool.query<{ sealed: string }>(read, [schedule])).rows[0]?.sealed;
    const write = 'update testmesh.schedules set sealed_variables = $2 where id = $1';
    await pool.query(write, [schedule, 'sealed by a key that is gone']);
    return () => pool.query(write, [schedule, sealed]);
  };
  const retake = () =>
    new OutcomeLoop({
      clock: systemClock,
      random: seededRandom('x'),
      onFault: (fault) => void world.faults.push(fault),
      endedRuns: world.storage.endedRuns,
      outcomes: world.storage.outcomes(newRunId),
    }).retake();

  test('an error with NUL and half a surrogate pair ends firings, parts of suites and flows like any other', async () => {
    const reason = 'bad\0thing \ud800';
    const { schedule, firing } = await fired('nul in a slot');
    const part = await world.flow('nul in a part');
    const suite = await world.suite('nul', part);
    const { id } = (await world.storage.suiteRuns.add(world.caller.workspace, {
      suiteId: suite,
      environment: null,
      confirmedEnvironment: null,
      variables: {},
      triggerKind: 'api',
      triggerId: null,
      requestedBy: 'key:test',
    })) ?? { id: '' };
    await world.settle();
    const partRun = (await world.storage.suiteRuns.get(world.caller.workspace, suite, id))?.members[0]?.runId ?? '';
    const ofFlow = await run(await world.flow('nul in a flow'), { kind: 'api' });
    const behind = await run(await world.flow('behind it'), { kind: 'api' });
    for (const ended of [firing, partRun, ofFlow, behind]) await world.end(ended, 'failed', reason);
    await world.settle();
    expect(await firstOf(schedule)).toMatchObject({ status: 'failed', error: 'bad\ufffdthing \ufffd' });
    expect((await world.told()).slice().sort()).toEqual([
      'flow behind it began to fail',
      'flow nul in a flow began to fail',
      'schedule nul in a slot began to fail',
      'suite nul began to fail',
    ]);
    expect(world.faults).toEqual([]);
  });

  test('one that cannot be taken in holds up no other, is told of and counted, and is taken in when it can be', async () => {
    const { schedule, firing } = await fired('unreadable');
    const repair = await spoil(schedule);
    const behind = await run(await world.flow('behind the unreadable'), { kind: 'api' });
    for (const ended of [firing, behind]) await world.end(ended, 'failed', 'no');
    await world.settle();
    expect(await world.told()).toContain('flow behind the unreadable began to fail');
    expect(await setAside()).toEqual([`run-${firing}`]);
    expect((await world.storage.views.parked('outcomes')).size).toBe(1);
    expect(faults()).toEqual([expect.stringContaining(`run-${firing} could not be taken in and is set aside`)]);
    await retake();
    expect(await setAside()).toEqual([`run-${firing}`]);
    await repair();
    await retake();
    expect(await setAside()).toEqual([]);
    expect(await firstOf(schedule)).toMatchObject({ status: 'failed', error: 'no' });
    expect(await world.told()).toContain('schedule unreadable began to fail');
  });

  test('what was said of a flow since then is not taken back by an end that is taken in late', async () => {
    const flowId = await world.flow('late');
    const { endedRuns, outcomes, pool } = world.storage;
    const late = await run(flowId, { kind: 'api' });
    await world.end(late, 'failed', 'no');
    const ended = await endedRuns.of(late);
    expect(ended).toMatchObject({ runId: late, verdict: 'failed' });
    const cursor = await outcomes(newRunId).cursor();
    while ((await endedRuns.after(cursor, 9)).cursor === cursor)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await outcomes(newRunId).take(cursor, (await endedRuns.after(cursor, 9)).cursor, []);
    await pool.query(
      `insert into testmesh.parked_streams (projector, stream, ver, error) values ('outcomes', $1, 0, 'x')`,
      [`run-${late}`],
    );
    await world.settle();
    const passed = await run(flowId, { kind: 'api' });
    await world.end(passed, 'passed');
    await world.settle();
    const before = await world.told();
    expect(await outcomes(newRunId).retake(`run-${late}`, ended)).toBe(true);
    expect(await world.told()).toEqual(before);
    expect(await setAside()).toEqual([]);
  });

  test('a suite that cannot be settled holds up no other suite', async () => {
    const flowId = await world.flow('part of two');
    const suiteId = await world.suite('two', flowId);
    const schedule = await world.schedule('of a suite', { suiteId, nextRunAt: null, variables: { KEY: 'value' } });
    const firing = crypto.randomUUID();
    await world.storage.firings.changeNow(schedule, () => ({
      events: [
        { type: 'ScheduleFired', firing, slot: Date.now(), retry: 0, manual: false, notBefore: 0, waits: false },
        { type: 'ScheduleRunAsked', firing },
      ],
    }));
    const common = { suiteId, environment: null, confirmedEnvironment: null, variables: {}, requestedBy: 'key:test' };
    const add = (id: string, triggerKind: string, triggerId: string | null) =>
      world.storage.suiteRuns.add(world.caller.workspace, { ...common, id, triggerKind, triggerId });
    const free = crypto.randomUUID();
    await add(firing, 'schedule', schedule);
    await add(free, 'api', null);
    await world.settle();
    const repair = await spoil(schedule);
    for (const id of [firing, free]) {
      const kept = await world.storage.suiteRuns.get(world.caller.workspace, suiteId, id);
      await world.end(kept?.members[0]?.runId ?? '', 'failed');
    }
    await world.settle();
    expect(await world.told()).toContain('suite two began to fail');
    expect(await setAside()).toEqual([`suite-run-${firing}`]);
    await repair();
    await retake();
    expect(await setAside()).toEqual([]);
    expect(await firstOf(schedule)).toMatchObject({ status: 'failed', error: 'of its flows: part of two' });
  });

  test('how late ends are taken in is known', async () => {
    const { endedRuns, outcomes } = world.storage;
    const lag = async () => endedRuns.lagMs(await outcomes(newRunId).cursor());
    const runId = await run(await world.flow('lag'), { kind: 'api' });
    await world.settle();
    expect(await lag()).toBe(0);
    await world.end(runId, 'passed');
    // A transaction that is open in any database of the server holds readers back; the lag grows once it is over.
    while ((await lag()) <= 10) await new Promise((resolve) => setTimeout(resolve, 10));
    await world.settle();
    expect(await lag()).toBe(0);
  });

  test('a channel that cannot be read, or answers with NUL, holds up no other: its own delivery says why', async () => {
    const { storage, caller } = world;
    const channel = async (name: string) => {
      const content = {
        name,
        kind: 'slack',
        enabled: true,
        settings: {},
        events: ['failing'],
        about: ['flow'],
      } as const;
      const made = await storage.channels.create(caller, content, { url: `https://hooks.example.com/${name}` });
      if (!made.ok) throw new Error(made.refusal);
      await storage.channels.test(caller.workspace, made.value.id);
      return made.value.id;
    };
    const unreadable = await channel('unreadable');
    await storage.pool.query(`update testmesh.notification_channels set sealed = 'v1.gone.AAAA' where id = $1`, [
      unreadable,
    ]);
    const [odd, good] = [await channel('odd'), await channel('good')];
    await world
      .deliveryLoop(async ({ destination }) =>
        destination.kind === 'slack' && destination.url.endsWith('odd')
          ? { outcome: 'refused', error: 'no\0', final: true }
          : { outcome: 'sent' },
      )
      .round();
    const of = async (channelId: string) =>
      (await storage.outbox.list(caller.workspace, { limit: 10, offset: 0, channelId })).items;
    expect(await of(good)).toMatchObject([{ state: 'delivered' }]);
    expect(await of(odd)).toMatchObject([{ state: 'dead', lastError: 'no\ufffd' }]);
    expect(await of(unreadable)).toMatchObject([
      { state: 'waiting', lastError: 'its channel: the master key `gone` is not given; it is needed to open a secret' },
    ]);
    expect(world.faults).toEqual([]);
  });
});
