import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { FEED_START, NotStorable, type ViewChange } from '@testmesh/ports';
import { viewChange, viewStoreContract } from '@testmesh/testing/contracts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { searchedWords } from './run-search.ts';
import { postgresRunViews, RUN_VIEWS } from './run-views.ts';
import { freshStore, type TestStore } from './store.fixture.ts';
import { postgresViews } from './views.ts';

describeWith('postgres', 'views', (address) => {
  let fixture: TestStore;
  const empty = () =>
    fixture.pool.query(`truncate testmesh.run_view, testmesh.projection_checkpoint,
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
          { bytes: Buffer.from('{"a":1}'), words: 'place_order expected 201, got 503 TM5101' },
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
      [{ text: 'order 503 nowhere' }, []],
      [{ text: 'got refund got expec TM5 place' }, ['refund']],
      [{ text: 'TM5080' }, ['refund']],
      [{ text: 'tm5101' }, ['refund']],
      [{ text: "order' & !x" }, []],
      [{ text: '§' }, []],
    ])('are filtered by %j', async (filter, names) => {
      expect(await list(filter)).toMatchObject({ names, total: names.length });
    });

    test('are sought by the rarest of several words, whatever else they have', async () => {
      const views = postgresViews(fixture.pool);
      const many = Array.from({ length: 300 }, (_, at) => change(at + 10, { flow_name: `order ${at % 100}` }));
      await views.commit('runs.v1', 'c1', 'c2', many);
      await fixture.pool.query('analyze testmesh.run_view');
      expect(await searchedWords(fixture.pool, 'orde 17')).toEqual(['17:*', 'orde:*']);
      expect(await searchedWords(fixture.pool, 'checkout order')).toEqual(['checkout:*', 'order:*']);
      expect(await searchedWords(fixture.pool, 'order')).toEqual(['order:*']);
      expect(await list({ text: 'order 17' }, { limit: 2 })).toEqual({
        names: ['order 17', 'order 17'],
        total: 3,
        more: true,
      });
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
    const words = 'got \0 and \ud800';
    await views.commit('runs.v1', FEED_START, 'c1', [{ ...odd, columns: { ...odd.columns, reason: 'a\0b' }, words }]);
    expect((await fixture.pool.query('select reason from testmesh.run_view')).rows).toEqual([{ reason: 'a\ufffdb' }]);
  });

  test('bytes lie packed, and are read as they were given; what lay there before is read as it lies', async () => {
    await empty();
    const views = postgresViews(fixture.pool);
    const text = JSON.stringify({ said: 'α → ω, '.repeat(5000) });
    const runId = String(viewChange(1).columns['run_id']);
    await views.commit('runs.v1', FEED_START, 'c1', [{ ...viewChange(1), bytes: Buffer.from(text), outline: '[]' }]);
    await views.show(RUN_VIEWS, 'runs.v1');
    const size = 'select length(bytes) as size from testmesh.run_view';
    expect((await fixture.pool.query(size)).rows[0].size).toBeLessThan(text.length / 10);
    const runs = postgresRunViews(fixture.pool);
    expect(String(await runs.storedJson('local', runId))).toBe(text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    expect(await runs.stored('local', runId)).toEqual({ ver: 1, bytes: Buffer.from(text), sha256 });
    await fixture.pool.query(`update testmesh.run_view set bytes = convert_to($1, 'UTF8'), coding = 'identity'`, [
      text,
    ]);
    expect(String(await runs.storedJson('local', runId))).toBe(text);
    await fixture.pool.query(`update testmesh.run_view set bytes = '{}', coding = 'br'`);
    expect((await runs.stored('local', runId))?.bytes.toString()).toBe('{}');
    await expect(runs.storedJson('local', runId)).rejects.toThrow();
  });

  test('V1: nothing of a page is kept when the checkpoint was moved meanwhile, and the connection goes on', async () => {
    await empty();
    const views = postgresViews(fixture.pool);
    expect(await views.commit('runs.v1', FEED_START, 'c1', [viewChange(1)])).toBe(true);
    expect(await views.commit('runs.v1', FEED_START, 'c2', [viewChange(2)])).toBe(false);
    expect(await views.commit('runs.v1', 'c0', 'c2', [viewChange(2)])).toBe(false);
    const count = 'select count(*)::int as rows from testmesh.run_view';
    expect((await fixture.pool.query(count)).rows).toEqual([{ rows: 1 }]);
    expect(await views.commit('runs.v1', 'c1', 'c2', [viewChange(2)])).toBe(true);
    expect((await fixture.pool.query(count)).rows).toEqual([{ rows: 2 }]);
  });

  test('names that no index takes are cut, and their run is listed beside the others', async () => {
    await empty();
    const views = postgresViews(fixture.pool);
    const long = () => randomBytes(4000).toString('hex');
    const columns = { flow_name: long(), environment: long(), file: long(), tags: JSON.stringify([long()]) };
    const target = { action: 'http_request', kind: 'endpoint', system: long(), name: long() } as const;
    const odd = viewChange(1);
    const ended = { status: 'finished', verdict: 'passed', finished_at: 1_900_000_000_000_002 };
    const given = { ...odd, columns: { ...odd.columns, ...columns, ...ended }, targets: [target] };
    expect(await views.commit('runs.v1', FEED_START, 'c1', [given, viewChange(2)])).toBe(true);
    await views.show(RUN_VIEWS, 'runs.v1');
    const { rows } = await postgresRunViews(fixture.pool).list('local', {}, { limit: 10 });
    const [shown] = rows.filter(({ runId }) => runId === odd.columns['run_id']);
    expect(rows).toHaveLength(2);
    expect(shown?.flowName).toBe(`${columns.flow_name.slice(0, 199)}…`);
    expect(shown?.flowFile).toBe(columns.file);
    expect(shown?.tags[0]).toHaveLength(200);
  });

  test('what can never be kept is said to be that, and nothing of its page is', async () => {
    await empty();
    const views = postgresViews(fixture.pool);
    const never = {
      ...viewChange(1),
      columns: { ...viewChange(1).columns, workspace: randomBytes(4000).toString('hex') },
    };
    await expect(views.commit('runs.v1', FEED_START, 'c1', [viewChange(2), never])).rejects.toThrow(NotStorable);
    expect(await views.cursor('runs.v1')).toBe(FEED_START);
    expect(await views.commit('runs.v1', FEED_START, 'c1', [viewChange(2)])).toBe(true);
  });

  test('a stream is set aside whatever its error holds: the projector would stop at it', async () => {
    await empty();
    const views = postgresViews(fixture.pool);
    await views.park('runs.v1', 'run-x', 3, 'bad\0thing');
    expect([...(await views.parked('runs.v1'))]).toEqual([['run-x', { ver: 3, error: 'bad\ufffdthing' }]]);
  });

  test('a released stream is given again', async () => {
    const views = postgresViews(fixture.pool);
    await views.park('runs.v1', 'run-x', 3, 'broken');
    expect(await views.release('runs.v1', 'run-x')).toBe(true);
    expect(await views.release('runs.v1', 'run-x')).toBe(false);
  });
});
