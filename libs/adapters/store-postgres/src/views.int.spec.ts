import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { FEED_START, type ViewChange } from '@testmesh/ports';
import { viewChange, viewStoreContract } from '@testmesh/testing/contracts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { postgresRunViews, RUN_VIEWS } from './run-views.ts';
import { freshStore, type TestStore } from './store.fixture.ts';
import { postgresViews } from './views.ts';

describeWith('postgres', 'views', (address) => {
  let fixture: TestStore;
  const empty = () =>
    fixture.pool.query(`truncate testmesh.run_view, testmesh.step_view, testmesh.projection_checkpoint,
      testmesh.parked_streams, testmesh.serving_views`);
  beforeAll(async () => {
    fixture = await freshStore(address);
  });
  afterAll(() => fixture.drop());

  viewStoreContract('PostgreSQL', async () => {
    await empty();
    return postgresViews(fixture.pool);
  });

  describe('lists of runs', () => {
    const change = (number: number, columns: ViewChange['columns'] = {}, over: Partial<ViewChange> = {}) => {
      const base = viewChange(number);
      return { ...base, columns: { ...base.columns, ...columns }, ...over };
    };
    const list = async (filter = {}, page: { limit: number; offset?: number; after?: string } = { limit: 10 }) => {
      const { rows, total, more } = await postgresRunViews(fixture.pool).list('local', filter, page);
      return { names: rows.map(({ flowName }) => flowName), total, more };
    };
    beforeEach(async () => {
      await empty();
      const views = postgresViews(fixture.pool);
      const steps = [
        {
          path: 'place_order',
          id: 'place_order',
          action: 'http_request',
          status: 'failed',
          durationMs: 12.5,
          error: 'expected 201, got 503',
          errorCode: 'TM5101',
        },
      ];
      await views.commit('runs.v1', FEED_START, 'c1', [
        change(1, {
          flow_name: 'checkout',
          status: 'finished',
          verdict: 'passed',
          environment: 'staging',
          tags: '["a","b"]',
        }),
        change(
          2,
          { flow_name: 'refund', status: 'finished', verdict: 'failed', flow_id: 'f-2', error_code: 'TM5080' },
          { bytes: Buffer.from('{"a":1}'), steps },
        ),
        change(3, {
          flow_name: 'login',
          status: 'running',
          trigger_kind: 'schedule',
          trigger_id: 's-1',
          started_at: 1_900_000_000_000_001,
        }),
        change(4, { workspace: 'other', flow_name: 'hidden' }),
      ]);
      await views.show(RUN_VIEWS, 'runs.v1');
    });

    test('are newest first, counted, in pages by offset or by the last run seen', async () => {
      expect(await list()).toEqual({ names: ['login', 'refund', 'checkout'], total: 3, more: false });
      expect(await list({}, { limit: 1, offset: 1 })).toEqual({ names: ['refund'], total: 3, more: true });
      const after = String(viewChange(2).columns['run_id']);
      expect(await list({}, { limit: 5, after })).toEqual({ names: ['checkout'], total: 3, more: false });
    });

    test.each([
      [{ status: 'running' }, ['login']],
      [{ verdicts: ['failed', 'error'] }, ['refund']],
      [{ environment: 'staging' }, ['checkout']],
      [{ flowId: 'f-2' }, ['refund']],
      [{ text: 'check' }, ['checkout']],
      [{ text: 'order 503' }, ['refund']],
      [{ text: 'TM5080' }, ['refund']],
      [{ text: 'tm5101' }, ['refund']],
      [{ text: "order' & !x" }, []],
      [{ text: '§' }, []],
    ])('are filtered by %j', async (filter, names) => {
      expect(await list(filter)).toMatchObject({ names, total: names.length });
    });

    test('hold what a row needs', async () => {
      const { rows } = await postgresRunViews(fixture.pool).list('local', {}, { limit: 10 });
      expect(rows[0]).toMatchObject({
        trigger: { kind: 'schedule', id: 's-1' },
        requestedAt: 1_900_000_000_000_003,
        startedAt: 1_900_000_000_000_001,
        finishedAt: null,
        pool: 'default',
        ver: 1,
      });
      expect(rows[2]).toMatchObject({ tags: ['a', 'b'], environment: 'staging', trigger: { kind: 'api' } });
    });

    test('show the other set from one moment to the next', async () => {
      const views = postgresViews(fixture.pool);
      await views.commit('runs.v2', FEED_START, 'c9', [change(1, { flow_name: 'rebuilt' })]);
      expect((await list()).names).toHaveLength(3);
      await views.show(RUN_VIEWS, 'runs.v2');
      expect(await list()).toMatchObject({ names: ['rebuilt'] });
      await expect(views.discard('runs.v2')).rejects.toThrow('are shown');
      expect(await views.discard('runs.v1')).toBe(4);
      expect(await views.cursor('runs.v1')).toBe(FEED_START);
    });

    test('keep the folded bytes with their sha256, for their workspace alone', async () => {
      const runs = postgresRunViews(fixture.pool);
      const runId = String(viewChange(2).columns['run_id']);
      expect(await runs.stored('local', runId)).toMatchObject({
        bytes: Buffer.from('{"a":1}'),
        sha256: '015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862',
      });
      expect(await runs.stored('other', runId)).toBeUndefined();
      expect([...(await runs.byRunIds('other', [runId])).keys()]).toEqual([]);
      expect((await runs.byRunIds('local', [runId])).get(runId)).toMatchObject({ flowName: 'refund' });
    });

    test('keep the steps of the latest version', async () => {
      const views = postgresViews(fixture.pool);
      const steps = [{ path: 'a', id: 'a', action: 'log', status: 'passed', durationMs: 1, error: null }];
      await views.commit('runs.v1', 'c1', 'c2', [change(2, { flow_name: 'refund' }, { ver: 2, steps })]);
      const { rows } = await fixture.pool.query('select path, run_id, flow_name from testmesh.step_view');
      expect(rows).toEqual([{ path: 'a', run_id: viewChange(2).columns['run_id'], flow_name: 'refund' }]);
    });
  });

  test('an unknown column is refused, and the cursor stays', async () => {
    await empty();
    const views = postgresViews(fixture.pool);
    const unknown = { ...viewChange(1), columns: { ...viewChange(1).columns, colour: 'red' } };
    await expect(views.commit('runs.v1', FEED_START, 'c1', [unknown])).rejects.toThrow('no column colour');
    expect(await views.cursor('runs.v1')).toBe(FEED_START);
  });

  test('text that the database cannot hold is shown with a mark', async () => {
    await empty();
    const views = postgresViews(fixture.pool);
    const odd = viewChange(1);
    const steps = [{ path: 'a', id: 'a', action: 'log', status: 'error', durationMs: 1, error: 'got \0 and \ud800' }];
    await views.commit('runs.v1', FEED_START, 'c1', [{ ...odd, columns: { ...odd.columns, reason: 'a\0b' }, steps }]);
    expect((await fixture.pool.query('select reason from testmesh.run_view')).rows).toEqual([{ reason: 'a\ufffdb' }]);
    const { rows } = await fixture.pool.query('select error from testmesh.step_view');
    expect(rows).toEqual([{ error: 'got \ufffd and \ufffd' }]);
  });

  test('a released stream is given again', async () => {
    const views = postgresViews(fixture.pool);
    await views.park('runs.v1', 'run-x', 3, 'broken');
    expect(await views.release('runs.v1', 'run-x')).toBe(true);
    expect(await views.release('runs.v1', 'run-x')).toBe(false);
  });
});
