import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { FEED_START, type ViewChange } from '@testmesh/ports';
import { viewChange } from '@testmesh/testing/contracts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { postgresAnalytics } from './analytics.ts';
import { RUN_VIEWS } from './run-views.ts';
import { freshStore, type TestStore } from './store.fixture.ts';
import { postgresViews } from './views.ts';

const DAY = 86_400_000_000;
const START = Date.UTC(2030, 0, 30) * 1000;
const YEAR = { from: '2030-01-01', to: '2030-12-31' };

/** A finished run: the number gives it its place, three of them fill a day. */
const run = (number: number, verdict: string, columns: ViewChange['columns'] = {}): ViewChange => {
  const base = viewChange(number);
  const outline = ['login', 'place_order'].map((id, at) => ({
    id,
    step_id: id,
    action: 'http_request',
    state: at === 1 && verdict !== 'passed' ? 'failed' : 'passed',
    duration_ms: (at + 1) * number,
    error_message: at === 1 && verdict !== 'passed' ? 'expected 201' : null,
  }));
  return {
    ...base,
    bytes: Buffer.from('{}'),
    outline: JSON.stringify(outline),
    columns: {
      ...base.columns,
      flow_name: 'checkout',
      status: 'finished',
      verdict,
      reason: verdict === 'passed' ? null : 'place_order: expected 201',
      duration_ms: number / 3,
      steps_passed: verdict === 'passed' ? 2 : 1,
      steps_failed: verdict === 'passed' ? 0 : 1,
      requested_at: START + Math.floor((number - 1) / 3) * DAY,
      ...columns,
    },
  };
};

const RUNS: readonly ViewChange[] = [
  run(1, 'passed'),
  run(2, 'failed'),
  run(3, 'passed', { environment: 'staging' }),
  run(4, 'failed'),
  run(5, 'passed'),
  run(6, 'cancelled'),
  run(7, 'passed', { flow_name: 'refund', flow_id: 'f-1' }),
  run(8, 'timed_out', { flow_name: 'refund', flow_id: 'f-1' }),
  run(9, 'passed', { workspace: 'other' }),
];

describeWith('postgres', 'analytics', (address) => {
  let fixture: TestStore;
  beforeAll(async () => {
    fixture = await freshStore(address);
  });
  afterAll(() => fixture.drop());
  beforeEach(async () => {
    await fixture.pool.query(`truncate testmesh.run_view, testmesh.flow_day,
      testmesh.projection_checkpoint, testmesh.parked_streams, testmesh.serving_views`);
    await project('runs.v1', [RUNS.slice(0, 4), RUNS.slice(4)]);
    await postgresViews(fixture.pool).show(RUN_VIEWS, 'runs.v1');
  });

  const project = async (projector: string, batches: readonly (readonly ViewChange[])[]) => {
    const views = postgresViews(fixture.pool);
    let cursor = FEED_START;
    for (const [at, batch] of batches.entries()) {
      expect(await views.commit(projector, cursor, `c${at}`, batch)).toBe(true);
      cursor = `c${at}`;
    }
  };
  const analytics = () => postgresAnalytics(fixture.pool);
  const days = async (projector: string) => {
    const sql = `select to_jsonb(d) - 'projector' as row from testmesh.flow_day d where projector = $1
      order by workspace, day, flow_name, flow_id, environment`;
    return JSON.stringify((await fixture.pool.query<{ row: unknown }>(sql, [projector])).rows);
  };

  test('a rebuild gives the same bytes, in whichever batches and order its runs ended', async () => {
    const running = RUNS.map((change) => ({
      ...change,
      columns: { ...change.columns, status: 'running', verdict: null },
    }));
    await project('runs.v2', [
      running.slice(2, 5),
      [...RUNS].reverse().slice(0, 3),
      running.slice(0, 2),
      [...RUNS].reverse().slice(3),
    ]);
    expect(await days('runs.v2')).toBe(await days('runs.v1'));
    expect(JSON.parse(await days('runs.v1'))).toHaveLength(5);
    const shown = await analytics().outcomes('local', YEAR, 50);
    await postgresViews(fixture.pool).show(RUN_VIEWS, 'runs.v2');
    expect(await analytics().outcomes('local', YEAR, 50)).toEqual(shown);
  });

  test('D1: a run that is shown again is not counted again', async () => {
    const before = await days('runs.v1');
    expect(await postgresViews(fixture.pool).commit('runs.v1', 'c1', 'c2', RUNS.slice(0, 2))).toBe(true);
    expect(await days('runs.v1')).toBe(before);
  });

  test('runs are counted by verdict, for their own workspace, flow, environment and days', async () => {
    expect(await analytics().counts('local', YEAR)).toEqual({
      runs: 8,
      passed: 4,
      failed: 2,
      errors: 0,
      cancelled: 1,
      timedOut: 1,
      durationUs: 12_000,
      stepsPassed: 12,
      stepsFailed: 4,
    });
    const runs = async (more: object) => (await analytics().counts('local', { ...YEAR, ...more })).runs;
    expect(await runs({ flowId: 'f-1' })).toBe(2);
    expect(await runs({ flowName: 'checkout' })).toBe(6);
    expect(await runs({ environment: 'staging' })).toBe(1);
    expect(await runs({ from: '2030-01-31', to: '2030-01-31' })).toBe(3);
    expect((await analytics().counts('nobody', YEAR)).runs).toBe(0);
    expect((await analytics().flows('local', YEAR, 1)).map(({ flowName, runs }) => [flowName, runs])).toEqual([
      ['checkout', 6],
    ]);
  });

  test('a trend has a point for each day, week or month in which something ran', async () => {
    const points = async (step: 'day' | 'week' | 'month') =>
      (await analytics().trend('local', YEAR, step)).map(({ start, runs }) => [start, runs]);
    expect(await points('day')).toEqual([
      ['2030-01-30', 3],
      ['2030-01-31', 3],
      ['2030-02-01', 2],
    ]);
    expect(await points('week')).toEqual([['2030-01-28', 8]]);
    expect(await points('month')).toEqual([
      ['2030-01-01', 6],
      ['2030-02-01', 2],
    ]);
  });

  test('percentiles, outcomes and steps are those of the period', async () => {
    expect((await analytics().percentiles('local', { ...YEAR, flowName: 'checkout' })).p50).toBeCloseTo(3.5 / 3);
    expect(await analytics().percentiles('nobody', YEAR)).toEqual({ p50: null, p95: null, p99: null });
    const [checkout] = await analytics().outcomes('local', YEAR, 3);
    expect(checkout).toMatchObject({ flowName: 'checkout', flowId: null, verdicts: ['cancelled', 'passed', 'failed'] });
    const [slowest, ...rest] = await analytics().steps('local', YEAR, { limit: 10 });
    expect(slowest).toMatchObject({ flowName: 'refund', stepId: 'place_order', runs: 2, failed: 1, maxMs: 16 });
    expect(rest).toHaveLength(3);
    expect(slowest?.commonError).toBe('expected 201');
    expect(await analytics().steps('local', YEAR, { action: 'kafka_producer', limit: 10 })).toEqual([]);
  });

  test('a set of views that is discarded takes its figures along', async () => {
    await project('runs.v2', [RUNS]);
    await postgresViews(fixture.pool).discard('runs.v2');
    expect(await days('runs.v2')).toBe('[]');
    expect(await days('runs.v1')).not.toBe('[]');
  });
});
