import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { FEED_START } from '@testmesh/ports';
import { describeWith } from '../../../../tools/testing/real.ts';
import type { Caller } from './audited-store.ts';
import { postgresEnvironments } from './environments.ts';
import { postgresFlows } from './flows.ts';
import { RUN_VIEWS } from './run-views.ts';
import { postgresScheduleRuns, type ScheduleRunStore } from './schedule-runs.ts';
import { postgresSchedules, type ScheduleContent, type ScheduleStore } from './schedules.ts';
import { aesSealer } from './sealing.ts';
import { freshStore, made, type TestStore, testSealer } from './store.fixture.ts';
import { postgresViews } from './views.ts';

const all = { limit: 50, offset: 0 };
const notFound = { ok: false, refusal: 'NotFound' };
const slot = new Date('2026-01-01T00:00:00Z');

jest.setTimeout(60_000);

describeWith('postgres', 'schedules', (address) => {
  let fixture: TestStore;
  let schedules: ScheduleStore;
  let runs: ScheduleRunStore;
  let caller: Caller;
  let stranger: Caller;
  let flowId: string;
  const content = (name: string, over: Partial<ScheduleContent> = {}): ScheduleContent => ({
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
    maxRetries: 0,
    retryDelayMs: 60_000,
    retryOn: ['failed', 'error', 'timed_out'],
    overlap: 'skip',
    misfire: 'last',
    tags: [],
    nextRunAt: new Date('2100-01-01T00:00:00Z'),
    ...over,
  });
  const make = async (name: string, over: Partial<ScheduleContent> = {}) =>
    made(await schedules.create(caller, content(name, over)));
  const fire = (scheduleId: string, runId: string | null, retry = 0) =>
    fixture.pool.query(
      `insert into testmesh.schedule_runs (workspace_id, schedule_id, run_id, error, retry_count, scheduled_at, state)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        caller.workspace,
        scheduleId,
        runId,
        runId === null ? 'the run before still goes on' : null,
        retry,
        slot,
        runId === null ? 'missed' : 'asked',
      ],
    );

  beforeAll(async () => {
    fixture = await freshStore(address);
    ({ caller, stranger } = fixture);
    schedules = postgresSchedules(fixture.store, testSealer);
    runs = postgresScheduleRuns(fixture.pool);
    const flow = {
      name: 'f',
      description: '',
      suite: '',
      tags: [],
      file: 'f.yaml',
      text: '',
      definition: {},
      files: {},
    };
    flowId = made(await postgresFlows(fixture.store).create(caller, flow)).id;
    const columns = (runId: string, verdict: string) => ({
      workspace: caller.workspace,
      run_id: runId,
      flow_name: 'f',
      file: 'f.yaml',
      status: 'finished',
      verdict,
      reason: verdict === 'passed' ? null : 'step a failed',
      requested_at: 1,
      started_at: 2_000_000,
      finished_at: 3_000_000,
      duration_ms: verdict === 'passed' ? 100 : 300,
    });
    const views = postgresViews(fixture.pool);
    await views.commit('runs.v1', FEED_START, 'c1', [
      { stream: 'run-good', ver: 9, columns: columns('good', 'passed') },
      { stream: 'run-bad', ver: 9, columns: columns('bad', 'failed') },
    ]);
    await views.show(RUN_VIEWS, 'runs.v1');
  });
  afterAll(() => fixture.drop());

  test('a schedule is kept, changed by whoever saw it last, and deleted', async () => {
    const schedule = await make('kept', { variables: { A: 1 } });
    expect(schedule).toMatchObject({ ...content('kept', { variables: { A: 1 } }), version: 1, lastRunId: null });
    expect(await schedules.get(caller.workspace, schedule.id)).toEqual(schedule);
    const { id } = schedule;
    const paused = content('kept', { status: 'paused', nextRunAt: null });
    expect(made(await schedules.update(caller, { id, seen: 1 }, paused))).toMatchObject({
      version: 2,
      nextRunAt: null,
    });
    expect(await schedules.update(caller, { id, seen: 1 }, paused)).toEqual({ ok: false, refusal: 'ChangedMeanwhile' });
    expect(await schedules.remove(caller, { id, seen: 2 })).toMatchObject({ ok: true });
    expect(await schedules.get(caller.workspace, id)).toBeUndefined();
  });

  test.each([
    ['a flow', { flowId: '0190a000-0000-7000-8000-000000000001' }, 'FlowNotFound'],
    ['a suite', { flowId: null, suiteId: '0190a000-0000-7000-8000-000000000001' }, 'SuiteNotFound'],
    ['an environment', { environment: 'nowhere' }, 'EnvironmentNotFound'],
  ])('%s that the workspace does not have is refused', async (_what, over, refusal) => {
    expect(await schedules.create(caller, content('bad', over))).toEqual({
      ok: false,
      refusal,
      because: [Object.values(over).at(-1)],
    });
  });

  test('a flow of another workspace cannot be scheduled', async () => {
    expect(await schedules.create(stranger, content('stolen'))).toMatchObject({ ok: false, refusal: 'FlowNotFound' });
  });

  test('a firing is in the state of its run, and figures count them', async () => {
    const { id } = await make('states');
    await fire(id, 'good');
    await fire(id, 'bad', 1);
    await fire(id, null, 2);
    await fire(id, 'unknown', 3);
    const { items } = await runs.list(caller.workspace, id, all);
    const shown = Object.fromEntries(items.map(({ runId, status, result, error }) => [runId, [status, result, error]]));
    expect(shown).toEqual({
      good: ['completed', 'success', null],
      bad: ['failed', 'failure', 'step a failed'],
      null: ['skipped', null, 'the run before still goes on'],
      unknown: ['pending', null, null],
    });
    const figures = { total: 4, succeeded: 1, failed: 1, skipped: 1, averageDurationMs: 200 };
    expect(await runs.stats(caller.workspace, id, slot)).toEqual(figures);
    expect(await runs.stats(caller.workspace, id, new Date('2026-02-01'))).toMatchObject({ total: 0 });
    expect(await schedules.get(caller.workspace, id)).toMatchObject({ lastRunAt: slot });
  });

  test('another workspace sees and changes none', async () => {
    const { id } = await make('private');
    await fire(id, 'private-run');
    expect(await schedules.get(stranger.workspace, id)).toBeUndefined();
    expect(await schedules.list(stranger.workspace, all)).toEqual({ items: [], total: 0 });
    expect(await schedules.update(stranger, { id }, content('private'))).toEqual(notFound);
    expect(await schedules.remove(stranger, { id })).toEqual(notFound);
    expect(await runs.list(stranger.workspace, id, all)).toEqual({ items: [], total: 0 });
    expect(await runs.stats(stranger.workspace, id, slot)).toMatchObject({ total: 0 });
  });

  test('name their environment whenever it is renamed: none is left behind, and none waits for another in a ring', async () => {
    const keys = new Map([['k1', Buffer.alloc(32, 1)]]);
    const environments = postgresEnvironments(fixture.store, aesSealer({ current: 'k1', keys }));
    const called = (name: string) => ({
      ...{ name, description: '', color: '#000000', isDefault: false, protected: false },
      ...{ variables: [], routing: {} },
    });
    const { id: environment } = made(await environments.create(caller, called('name 0')));
    const known = await make('renamed along', { environment: 'name 0' });
    for (let round = 0; round < 15; round += 1) {
      const [before, after] = [`name ${round}`, `name ${round + 1}`];
      const [, created] = await Promise.all([
        environments.update(caller, { id: environment }, called(after)),
        schedules.create(caller, content(`raced ${round}`, { environment: before })),
        schedules.update(caller, { id: known.id }, content('renamed along', { environment: before })),
      ]);
      const kept = created.ok ? await schedules.get(caller.workspace, created.value.id) : undefined;
      expect(kept?.environment ?? after).toBe(after);
      expect(await schedules.get(caller.workspace, known.id)).toMatchObject({ environment: after });
    }
    expect(await environments.remove(caller, { id: environment })).toMatchObject({ refusal: 'EnvironmentInSchedules' });
  });
});
