import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type DueSlot,
  type Overlap,
  type ScheduleCommand,
  type ScheduleEvent,
  scheduleDecider,
} from '@testmesh/domain';
import { describeWith } from '../../../../tools/testing/real.ts';
import type { Caller } from './audited-store.ts';
import { type DecideSchedule, endOfFiring, type FiringStore, postgresFirings, type ScheduleAppend } from './firings.ts';
import { postgresFlows } from './flows.ts';
import { postgresScheduleRuns } from './schedule-runs.ts';
import { postgresSchedules, type ScheduleContent, type ScheduleStore } from './schedules.ts';
import { freshStore, made, type TestStore, testSealer } from './store.fixture.ts';

const slot = Date.parse('2026-01-01T00:00:00Z');
const HOUR_MS = 3_600_000;

describeWith('postgres', 'the firings of a schedule', (address) => {
  let fixture: TestStore;
  let schedules: ScheduleStore;
  let firings: FiringStore;
  let caller: Caller;
  let flowId: string;
  const told: ScheduleEvent[] = [];
  beforeAll(async () => {
    fixture = await freshStore(address);
    ({ caller } = fixture);
    schedules = postgresSchedules(fixture.store, testSealer);
    const append: ScheduleAppend = async (_client, _schedule, events) => {
      told.push(...events);
    };
    firings = postgresFirings(fixture.pool, { append, sealer: testSealer });
    const flow = { name: 'f', description: '', suite: '', tags: [], file: 'f', text: '', definition: {}, files: {} };
    flowId = made(await postgresFlows(fixture.store).create(caller, flow)).id;
  });
  afterAll(() => fixture.drop());

  const schedule = async (name: string, over: Partial<ScheduleContent> = {}) =>
    made(
      await schedules.create(caller, {
        name,
        description: '',
        flowId,
        suiteId: null,
        cron: '0 * * * *',
        timezone: 'UTC',
        environment: null,
        variables: {},
        status: 'active',
        notifyOnFailure: true,
        notifyOnRecovery: true,
        notifyOnSuccess: false,
        notifyEmails: [],
        maxRetries: 1,
        retryDelayMs: 0,
        retryOn: ['failed'],
        overlap: 'skip',
        misfire: 'last',
        tags: [],
        nextRunAt: new Date(slot),
        ...over,
      }),
    ).id;
  const deciding =
    (command: (held: Parameters<DecideSchedule>[0]) => ScheduleCommand, nextRunAt?: Date): DecideSchedule =>
    (held) => {
      const decision = scheduleDecider.decide(command(held), held.state);
      return { events: decision.ok ? decision.events : [], ...(nextRunAt !== undefined && { nextRunAt }) };
    };
  const reach = (overlap: Overlap, ...due: readonly DueSlot[]) =>
    deciding(() => ({ type: 'ReachSlots', due, overlap }), new Date('2100-01-01T00:00:00Z'));
  const at = (time: number): DueSlot => ({ firing: randomUUID(), slot: time });
  const list = async (id: string) =>
    (await postgresScheduleRuns(fixture.pool).list(caller.workspace, id, { limit: 50, offset: 0 })).items;
  const mine = async (id: string) => (await firings.toAsk(100)).filter(({ scheduleId }) => scheduleId === id);

  test('a slot fires once, however many schedulers reach it at the same time', async () => {
    const id = await schedule('once');
    expect(await firings.due(10)).toContain(id);
    await Promise.all(Array.from({ length: 8 }, () => firings.changeNow(id, reach('allow', at(slot)))));
    expect(await list(id)).toMatchObject([{ status: 'pending', retryCount: 0, manual: false }]);
    expect(await firings.due(10)).not.toContain(id);
  });

  test('somebody else who holds the schedule is not waited for', async () => {
    const id = await schedule('held');
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const holding = firings.changeNow(id, async () => {
      await released;
      return { events: [] };
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await firings.change(id, () => ({ events: [] }))).toBe(false);
    release();
    expect(await holding).toBe(true);
  });

  test('a decision that fails half-way leaves nothing behind', async () => {
    const id = await schedule('half');
    const append = async () => {
      throw new Error('the journal is away');
    };
    const failing = postgresFirings(fixture.pool, { append, sealer: testSealer });
    await expect(failing.changeNow(id, reach('allow', at(slot)))).rejects.toThrow('the journal is away');
    expect(await list(id)).toEqual([]);
    expect(await firings.due(100)).toContain(id);
  });

  test('is read back as the decider left it: asked, ended, tried again', async () => {
    const id = await schedule('retried');
    const first = at(slot);
    await firings.changeNow(id, reach('allow', first));
    expect(await mine(id)).toEqual([{ scheduleId: id, firing: first.firing, triedAt: null }]);
    await firings.changeNow(
      id,
      deciding(() => ({ type: 'ConfirmAsked', firing: first.firing })),
    );
    expect(await mine(id)).toEqual([]);
    const next = randomUUID();
    const failed = { verdict: 'failed', reason: 'step a failed', next } as const;
    await firings.changeNow(
      id,
      deciding((held) => endOfFiring(held, first.firing, failed)),
    );
    expect(await mine(id)).toEqual([{ scheduleId: id, firing: next, triedAt: null }]);
    expect(await list(id)).toMatchObject([
      { id: next, runId: next, retryCount: 1, status: 'pending' },
      { id: first.firing, retryCount: 0, status: 'failed', result: 'failure', error: 'step a failed' },
    ]);
    await firings.changeNow(
      id,
      deciding((held) => endOfFiring(held, next, { ...failed, next: randomUUID() })),
    );
    expect(await mine(id)).toEqual([]);
    expect(told.filter((event) => event.type === 'ScheduleFired' && event.firing === next)).toHaveLength(1);
  });

  test('what waits is asked for when the slot before it is settled', async () => {
    const id = await schedule('queued', { maxRetries: 0 });
    const [first, second] = [at(slot), at(slot + HOUR_MS)];
    await firings.changeNow(id, reach('queue', first, second));
    expect(await mine(id)).toEqual([{ scheduleId: id, firing: first.firing, triedAt: null }]);
    const end = { verdict: 'passed', reason: null, next: randomUUID() } as const;
    await firings.changeNow(
      id,
      deciding((held) => endOfFiring(held, first.firing, end)),
    );
    expect(await mine(id)).toEqual([{ scheduleId: id, firing: second.firing, triedAt: null }]);
  });

  test('a slot that another one is in the way of is kept with the reason', async () => {
    const id = await schedule('skipping');
    const first = at(slot);
    await firings.changeNow(id, reach('skip', first, at(slot + HOUR_MS)));
    expect(await list(id)).toMatchObject([
      { status: 'skipped', runId: null, error: `it was skipped: run ${first.firing} of this schedule had not ended` },
      { status: 'pending' },
    ]);
  });

  test('a run that was replaced is named until it has ended', async () => {
    const id = await schedule('replacing');
    const first = at(slot);
    await firings.changeNow(id, reach('cancel-previous', first));
    await firings.changeNow(
      id,
      deciding(() => ({ type: 'ConfirmAsked', firing: first.firing })),
    );
    await firings.changeNow(id, reach('cancel-previous', at(slot + HOUR_MS)));
    const named = {
      firing: first.firing,
      workspace: caller.workspace,
      scheduleName: 'replacing',
      runId: first.firing,
      suiteRunId: null,
      datasetRunId: null,
    };
    expect(await firings.replaced(100)).toEqual([named]);
    expect(await firings.replaced(100, [first.firing])).toEqual([]);
    const end = { verdict: 'cancelled', reason: null, next: randomUUID() } as const;
    await firings.changeNow(
      id,
      deciding((held) => endOfFiring(held, first.firing, end)),
    );
    expect(await firings.replaced(100)).toEqual([]);
  });
});
