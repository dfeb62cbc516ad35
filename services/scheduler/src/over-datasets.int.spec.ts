import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { DatasetRun, ScheduleContent, ScheduleRun } from '@testmesh/store-postgres';
import { describeWith } from '../../../tools/testing/real.ts';
import { made, type TestScheduler, testScheduler } from './scheduler.fixture.ts';

jest.setTimeout(60_000);

describeWith('postgres', 'a schedule of a flow over a dataset', (address) => {
  let world: TestScheduler;
  beforeAll(async () => {
    world = await testScheduler(address);
  });
  afterAll(async () => {
    expect(world.faults).toEqual([]);
    await world.close();
  });

  const dataset = async (name: string, rows: readonly object[]): Promise<string> => {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const text = JSON.stringify(rows);
    const table = { columns, rowCount: rows.length, sizeBytes: text.length, sha256: '0'.repeat(64) };
    return made(await world.storage.datasets.create(world.caller, { name, description: '', table, rows: text })).id;
  };
  const schedule = async (name: string, rows: readonly object[], more: Partial<ScheduleContent> = {}) => {
    const id = await dataset(name, rows);
    const over = { id, mapping: { REGION: 'AREA' }, atOnce: 2, stopOnFailure: false };
    return {
      datasetId: id,
      id: await world.schedule(name, { flowId: await world.flow(name), dataset: over, ...more }),
    };
  };
  const firingOf = async (id: string, fits: (firing: ScheduleRun) => boolean) => {
    const loop = world.scheduleLoop();
    for (let tries = 0; tries < 100; tries += 1) {
      await loop.round();
      await world.settle();
      const found = (await world.firings(id)).items.find(fits);
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('no firing came');
  };
  const pause = async (id: string) => {
    const before = await world.storage.schedules.get(world.caller.workspace, id);
    if (before === undefined) throw new Error('it is gone');
    made(await world.storage.schedules.update(world.caller, { id }, { ...before, status: 'paused', nextRunAt: null }));
  };
  const runOf = async (datasetId: string, id: string | null): Promise<DatasetRun> => {
    const run = await world.storage.datasetRuns.get(world.caller.workspace, datasetId, id ?? '');
    if (run === undefined) throw new Error('there is no run over the dataset');
    return run;
  };
  const endRow = async (id: string, row: number, verdict: 'passed' | 'failed') => {
    const { items } = await world.storage.datasetRuns.rows(id, { limit: 10, offset: 0 });
    await world.end(items[row - 1]?.runId ?? '', verdict);
    await world.settle();
    await world.settle();
  };
  const firing = async (id: string, wanted: string) => (await world.firings(id)).items.find((one) => one.id === wanted);

  test('is one firing, skips slots while rows go on, and has ended with its last row', async () => {
    const { id, datasetId } = await schedule('regions', [{ REGION: 'eu' }, { REGION: 'us' }, { REGION: 'ap' }]);
    const first = await firingOf(id, ({ status }) => status === 'running');
    expect(first).toMatchObject({ runId: null, suiteRunId: null, datasetRunId: first.id });
    const asked = { scheduleId: id, requestedBy: `schedule:${id}`, total: 3, mapping: { REGION: 'AREA' }, atOnce: 2 };
    expect(await runOf(datasetId, first.id)).toMatchObject(asked);
    const skipped = await firingOf(id, ({ status }) => status === 'skipped');
    expect(skipped.error).toBe(`it was skipped: run ${first.id} of this schedule had not ended`);
    await pause(id);
    await endRow(first.id, 1, 'passed');
    await endRow(first.id, 2, 'failed');
    expect(await firing(id, first.id)).toMatchObject({ status: 'running' });
    await endRow(first.id, 3, 'passed');
    expect(await firing(id, first.id)).toMatchObject({
      status: 'failed',
      error: 'of its rows: 2',
      datasetRunId: first.id,
    });
    expect((await world.told()).filter((title) => title.includes('regions'))).toEqual([
      'schedule regions began to fail',
    ]);
    expect(await world.storage.schedules.get(world.caller.workspace, id)).toMatchObject({ lastRunResult: 'failure' });
  });

  test('is tried again as a whole, as its policy says', async () => {
    const { id, datasetId } = await schedule('again', [{ REGION: 'eu' }], { maxRetries: 1 });
    const first = await firingOf(id, ({ status }) => status === 'running');
    await endRow(first.id, 1, 'failed');
    const retry = await firingOf(id, ({ retryCount, status }) => retryCount === 1 && status === 'running');
    await pause(id);
    expect(await runOf(datasetId, retry.id)).toMatchObject({ total: 1, endedAt: null });
    await endRow(retry.id, 1, 'passed');
    expect(await firing(id, retry.id)).toMatchObject({ status: 'completed' });
    expect((await world.told()).filter((title) => title.includes('again'))).toEqual([]);
  });

  test('is given up for the next slot, with the rows that go on, where its overlap says so', async () => {
    const rows = [{ REGION: 'eu' }, { REGION: 'us' }, { REGION: 'ap' }];
    const { id, datasetId } = await schedule('replaced', rows, { overlap: 'cancel-previous' });
    const first = await firingOf(id, ({ status }) => status === 'running');
    await firingOf(id, (other) => other.status === 'running' && other.id !== first.id);
    await pause(id);
    await world.settle();
    await world.settle();
    const given = await runOf(datasetId, first.id);
    expect(given).toMatchObject({ total: 3, cancelled: 3, endedAt: expect.any(Date) });
    expect(await firing(id, first.id)).toMatchObject({ completedAt: given.endedAt, error: 'of its rows: 1, 2, 3' });
  });

  test('fails its firing with the reason where there is no row to run', async () => {
    const { id } = await schedule('empty', [{ REGION: 'eu' }]);
    await world.storage.pool.query(
      `update testmesh.dataset_versions set row_count = 0 where dataset_id = (select dataset_id from testmesh.schedules where id = $1)`,
      [id],
    );
    const first = await firingOf(id, ({ status }) => status === 'failed');
    await pause(id);
    expect(first.error).toBe('the dataset has 0 rows, none of them is asked for');
  });

  test('keeps its dataset from being deleted', async () => {
    const { id, datasetId } = await schedule('kept', [{ REGION: 'eu' }], { status: 'paused', nextRunAt: null });
    const refused = await world.storage.datasets.remove(world.caller, { id: datasetId });
    expect(refused).toEqual({ ok: false, refusal: 'DatasetInSchedules', because: ['kept'] });
    made(await world.storage.schedules.remove(world.caller, { id }));
    expect((await world.storage.datasets.remove(world.caller, { id: datasetId })).ok).toBe(true);
  });
});
