import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { dataOf, type RunEvent, runEventVersion } from '@testmesh/domain';
import { audit, newRunId, systemClock } from '@testmesh/runtime';
import { openStorage, type Storage } from '@testmesh/service-kit';
import { RUN_VIEWS } from '@testmesh/store-postgres';
import pg from 'pg';
import { describeWith } from '../../../tools/testing/real.ts';
import { createProjections, type Projections } from './projections.ts';

jest.setTimeout(120_000);

const SPAN = { file: 'f.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 };
const STEP = { path: 'look' as never, id: 'look', phase: 'steps' as const, action: 'log', span: SPAN };
const EXCHANGE = { kind: 'http', summary: '', request: { method: 'GET', url: 'http://orders' } };
const LIFE: readonly RunEvent[] = [
  { type: 'RunRequested', flow: { name: 'flow', file: 'f.yaml', hash: '0' }, variables: {}, tags: [] },
  { type: 'RunClaimed', executor: 'e', attempt: 1 },
  { type: 'RunStarted', seed: 's', constants: {}, plan: [STEP] },
  { type: 'StepStarted', ...STEP, attempt: 1, effect: 'repeatable' },
  {
    ...{ type: 'StepCompleted', ...STEP, status: 'passed', excused: false, durationMs: 5, assertions: [], checks: 1 },
    ...{ attempts: [{ status: 'passed', durationMs: 5, failures: [] }], captured: {}, exchange: EXCHANGE },
  },
  { type: 'RunCompleted', verdict: 'passed', teardown: { status: 'none' }, outputs: {}, durationMs: 9 },
];

describeWith('postgres', 'views that are rebuilt while people read them', (address) => {
  let admin: pg.Client;
  let name: string;
  let storage: Storage;
  const running: Projections[] = [];
  beforeAll(async () => {
    admin = new pg.Client(address);
    await admin.connect();
  });
  afterAll(() => admin.end());
  beforeEach(async () => {
    name = `rebuild_${randomBytes(6).toString('hex')}`;
    await admin.query(`create database ${name}`);
    const url = new URL(address);
    url.pathname = `/${name}`;
    const keys = { current: 'k1', keys: new Map([['k1', randomBytes(32)]]) };
    storage = await openStorage({ url: url.href, keys, clock: systemClock, onLost: () => undefined });
  });
  afterEach(async () => {
    for (const projections of running.splice(0)) await projections.stop();
    await storage.close();
    await admin.query(`drop database ${name} with (force)`);
  });

  /** A projection service, as one process of several. */
  const service = async (more: { readonly graceMs?: number } = {}): Promise<Projections> => {
    const projections = createProjections({
      storage,
      wakeups: { onWake: () => () => undefined },
      clock: systemClock,
      onFault: ({ loop, error }) => faults.push(`${loop}: ${error}`),
      onParked: () => undefined,
      graceMs: 1500,
      ...more,
    });
    running.push(projections);
    await projections.start();
    return projections;
  };
  const faults: string[] = [];

  const envelope = (runId: string, workspace: string, event: RunEvent) => ({
    ...{
      id: randomUUID(),
      stream: `run-${runId}`,
      type: event.type,
      sv: runEventVersion(event.type),
      workspace,
      epoch: 0,
    },
    ...{ actor: 'test', time: 1_900_000_000_000_000, data: dataOf(event) },
  });
  /** A run that has ended. */
  const run = async (workspace = 'one', life = LIFE): Promise<string> => {
    const runId = newRunId();
    const events = life.map((event) => envelope(runId, workspace, event));
    expect(await storage.journal.append(`run-${runId}`, 0, 0, events)).toMatchObject({ outcome: 'applied' });
    return runId;
  };
  const runs = (count: number): Promise<readonly string[]> => Promise.all(Array.from({ length: count }, () => run()));

  const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
    for (const limit = Date.now() + 60_000; !(await isSo()); ) {
      if (Date.now() > limit) throw new Error(`${what} did not come; ${faults.join('; ')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const listed = async (): Promise<number> => (await storage.runViews.list('one', {}, { limit: 1 })).total;
  const rebuilt = () =>
    until('the end of the rebuild', async () => (await storage.viewSets.now()).rebuild?.tidiedAt != null);
  const audited = async (runId: string): Promise<string> => {
    const stored = async () => (await storage.runViews.stored('one', runId))?.bytes;
    return (await audit(runId, { journal: storage.journal, stored })).outcome;
  };
  const rowsOf = async (set: string): Promise<number> => {
    const tables = ['run_view', 'flow_day', 'coverage_view', 'projection_checkpoint', 'parked_streams'];
    const counts = tables.map((table) => `(select count(*) from testmesh.${table} where projector = $1)`).join(' + ');
    return Number((await storage.pool.query(`select ${counts} as rows`, [set])).rows[0].rows);
  };

  test('lose no run that ends meanwhile, and what was tampered with is right again', async () => {
    await service();
    const before = await runs(30);
    await until('the views', async () => (await listed()) === 30);
    const [forged = '', deleted = ''] = before;
    await storage.pool.query(`update testmesh.run_view set bytes = '{}', verdict = 'failed' where run_id = $1`, [
      forged,
    ]);
    await storage.pool.query(`delete from testmesh.run_view where run_id = $1`, [deleted]);
    await storage.pool.query('update testmesh.flow_day set passed = 0, failed = runs');
    expect([await audited(forged), await audited(deleted)]).toEqual(['different', 'missing']);

    const least: number[] = [];
    const asked = await storage.viewSets.begin('ann');
    expect(asked).toMatchObject({ projector: 'runs.2', replaces: RUN_VIEWS, phase: 'building', requestedBy: 'ann' });
    const later: string[] = [];
    let isDone = false;
    const arriving = (async () => {
      while (!isDone) {
        later.push(await run());
        least.push(await listed());
      }
    })();
    await until('the switch', async () => (await storage.viewSets.now()).shown === 'runs.2');
    await rebuilt();
    isDone = true;
    await arriving;
    await until('the last runs', async () => (await listed()) === 30 + later.length);
    for (const runId of [forged, deleted, ...later]) expect(await audited(runId)).toBe('equal');
    expect(await rowsOf(RUN_VIEWS)).toBe(0);
    // Nobody saw fewer runs than a moment before.
    expect(least).toEqual(least.toSorted((a, b) => a - b));
    const { rows } = await storage.pool.query(
      'select sum(runs)::int as runs, sum(passed)::int as passed from testmesh.flow_day',
    );
    expect(rows).toEqual([{ runs: 30 + later.length, passed: 30 + later.length }]);
    expect(faults).toEqual([]);
  });

  test('are kept up from the set that is shown by a service that starts after the change', async () => {
    const first = await service();
    await runs(3);
    await storage.viewSets.begin('ann');
    await rebuilt();
    await first.stop();
    await runs(2);
    await service();
    await until('the new runs', async () => (await listed()) === 5);
    expect(await storage.viewSets.now()).toMatchObject({ shown: 'runs.2' });
    expect(await rowsOf(RUN_VIEWS)).toBe(0);
    await storage.viewSets.begin('ben');
    await rebuilt();
    expect(await storage.viewSets.now()).toMatchObject({ shown: 'runs.3', rebuild: { requestedBy: 'ben' } });
    expect([await listed(), await rowsOf('runs.2')]).toEqual([5, 0]);
  });

  test('are rebuilt once at a time, by all services together, and go on after the end of each', async () => {
    const first = await service();
    await runs(5);
    await until('the views', async () => (await listed()) === 5);
    await first.stop();
    expect(await storage.viewSets.begin('ann')).toBeDefined();
    expect(await storage.viewSets.begin('ben')).toBeUndefined();
    expect((await storage.viewSets.now()).rebuild).toMatchObject({ requestedBy: 'ann', phase: 'building' });
    // Nothing was folded into it yet.
    expect(await storage.viewSets.showRebuilt()).toBe('behind');
    const doomed = await service();
    await until('a part of it', async () => (await rowsOf('runs.2')) > 0);
    await doomed.stop();
    await Promise.all([service(), service(), service()]);
    await rebuilt();
    expect([await listed(), (await storage.viewSets.now()).shown]).toEqual([5, 'runs.2']);
    expect(await storage.viewSets.begin('ben')).toMatchObject({ projector: 'runs.3', replaces: 'runs.2' });
  });

  test('stay as they are when it is given up', async () => {
    await service();
    await runs(4);
    await until('the views', async () => (await listed()) === 4);
    await storage.viewSets.begin('ann');
    expect(await storage.viewSets.cancel()).toBe(true);
    expect(await storage.viewSets.cancel()).toBe(false);
    await rebuilt();
    expect(await storage.viewSets.now()).toMatchObject({ shown: RUN_VIEWS, rebuild: { phase: 'cancelled' } });
    expect([await listed(), await rowsOf('runs.2')]).toEqual([4, 0]);
  });

  test('are not replaced by a set in which a run lacks events that people see', async () => {
    await service();
    const runId = await run('one', LIFE.slice(0, 1));
    await storage.journal.append(`run-${runId}`, 1, 0, [
      { ...envelope(runId, 'one', { type: 'RunUnparked', by: 'ann' }), sv: 99 },
    ]);
    await until('the views', async () => (await listed()) === 1 && (await storage.views.parked(RUN_VIEWS)).size === 1);
    // Nobody sees more of it now: the same stands in both.
    await storage.viewSets.begin('ann');
    await rebuilt();
    expect([(await storage.viewSets.now()).shown, await listed()]).toEqual(['runs.2', 1]);
    // As if a newer build had folded it, and this one folds it anew.
    await storage.pool.query('update testmesh.run_view set ver = 2');
    await storage.viewSets.begin('ann');
    await until('the new set', async () => (await storage.views.parked('runs.3')).size === 1);
    await until('its checkpoint', async () => (await storage.viewSets.showRebuilt()) !== 'behind');
    expect(await storage.viewSets.showRebuilt()).toBe('set-aside');
    expect((await storage.viewSets.now()).shown).toBe('runs.2');
  });

  test('keep the counts and the coverage of days whose runs left the database', async () => {
    await service();
    await runs(2);
    await until('the views', async () => (await listed()) === 2);
    await storage.pool.query(
      `insert into testmesh.flow_day (projector, workspace, day, flow_name, runs, passed, failed, errors, cancelled, timed_out,
         duration_us, steps_passed, steps_failed) values ('runs', 'one', '2026-01-02', 'old', 7, 7, 0, 0, 0, 0, 1, 7, 0)`,
    );
    const old = `${Date.parse('2026-01-02T12:00:00Z')
      .toString(16)
      .padStart(12, '0')
      .replace(/^(.{8})/, '$1-')}-7000-8000-000000000001`;
    const fresh = newRunId();
    await storage.pool.query(
      `insert into testmesh.coverage_view (projector, workspace, flow, flow_name, kind, system, name, action, last_run_id,
         last_verdict, last_at) select 'runs', 'one', 'f', 'f', 'topic', '', name, 'kafka_producer', run, 'passed', 1
       from (values ('archived', $1), ('forged', $2)) t(name, run)`,
      [old, fresh],
    );
    await storage.pool.query(
      `insert into journal.archives (day, part, file, streams, events) values ('2026-01-02', 1, 'f', 7, 42)`,
    );
    await storage.viewSets.begin('ann');
    await rebuilt();
    const { rows } = await storage.pool.query('select flow_name, runs, projector from testmesh.flow_day order by 1');
    expect(rows).toEqual([
      { flow_name: 'flow', runs: 2, projector: 'runs.2' },
      { flow_name: 'old', runs: 7, projector: 'runs.2' },
    ]);
    const covered = await storage.pool.query(
      'select name, last_run_id, projector from testmesh.coverage_view order by name collate "C"',
    );
    expect(covered.rows).toEqual([
      { name: 'GET /', last_run_id: expect.any(String), projector: 'runs.2' },
      { name: 'archived', last_run_id: old, projector: 'runs.2' },
    ]);
  });
});
