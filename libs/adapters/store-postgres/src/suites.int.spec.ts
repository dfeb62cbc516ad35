import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import type { Caller } from './audited-store.ts';
import { postgresFlows } from './flows.ts';
import { freshStore, made, type TestStore, testSealer } from './store.fixture.ts';
import { postgresSuiteRuns } from './suite-runs.ts';
import { postgresSuites, type SuitePart, type SuiteStore } from './suites.ts';

const all = { limit: 50, offset: 0 };
const notFound = { ok: false, refusal: 'NotFound' };

jest.setTimeout(60_000);

describeWith('postgres', 'suites', (address) => {
  let fixture: TestStore;
  let suites: SuiteStore;
  let caller: Caller;
  let stranger: Caller;
  let flows: readonly string[];
  const content = (name: string, parts: readonly SuitePart[]) => ({ name, description: '', tags: [], parts });
  const part = (at: number, position: number, parallel = false): SuitePart => ({
    flowId: flows[at] ?? '',
    position,
    parallel,
  });

  beforeAll(async () => {
    fixture = await freshStore(address);
    ({ caller, stranger } = fixture);
    suites = postgresSuites(fixture.store);
    const store = postgresFlows(fixture.store);
    const add = async (who: Caller, name: string) =>
      made(
        await store.create(who, {
          name,
          description: '',
          suite: '',
          tags: [],
          file: '',
          text: '',
          definition: {},
          files: {},
        }),
      ).id;
    flows = [await add(caller, 'a'), await add(caller, 'b'), await add(stranger, 'foreign')];
  });
  afterAll(() => fixture.drop());

  test('a suite keeps its flows in order', async () => {
    const suite = made(await suites.create(caller, content('ordered', [part(1, 2), part(0, 1, true)])));
    expect(suite.parts).toEqual([part(0, 1, true), part(1, 2)]);
    const fewer = made(await suites.update(caller, { id: suite.id, seen: 1 }, content('ordered', [part(1, 1)])));
    expect(fewer).toMatchObject({ version: 2, parts: [part(1, 1)] });
    expect(await suites.get(caller.workspace, suite.id)).toEqual(fewer);
  });

  test('a flow of another workspace, or one named twice, is refused and nothing is kept', async () => {
    expect(await suites.create(caller, content('foreign', [part(0, 1), part(2, 2)]))).toEqual({
      ok: false,
      refusal: 'FlowNotFound',
      because: [part(2, 2).flowId],
    });
    expect(await suites.create(caller, content('twice', [part(0, 1), part(0, 2)]))).toEqual({
      ok: false,
      refusal: 'FlowTwice',
      because: [part(0, 1).flowId],
    });
    expect(await suites.list(caller.workspace, { ...all, search: 'twice' })).toEqual({ items: [], total: 0 });
  });

  test('a run of a suite keeps which run plays which part', async () => {
    const suite = made(await suites.create(caller, content('run', [part(0, 1)])));
    const runs = postgresSuiteRuns(fixture.pool, testSealer);
    const asked = {
      suiteId: suite.id,
      environment: 'staging',
      confirmedEnvironment: 'staging',
      variables: { A: 1 },
      triggerKind: 'api',
      triggerId: null,
      requestedBy: 'key:test',
    };
    const run = await runs.add(caller.workspace, asked);
    if (run === undefined) throw new Error('the suite was not found');
    expect(run).toMatchObject({ ...asked, members: [{ ...part(0, 1), runId: null, error: null }] });
    expect(await runs.add(caller.workspace, { ...asked, id: run.id })).toEqual(run);
    expect(await runs.add(stranger.workspace, asked)).toBeUndefined();
    expect(await runs.due(10, [])).toEqual([{ id: run.id, workspace: caller.workspace, suiteId: suite.id }]);
    expect(await runs.due(10, [run.id])).toEqual([]);
    expect(await runs.get(caller.workspace, suite.id, run.id)).toEqual(run);
    expect(await runs.list(caller.workspace, suite.id, all)).toEqual({ items: [run], total: 1 });
    expect(await runs.get(stranger.workspace, suite.id, run.id)).toBeUndefined();
    expect(await runs.list(stranger.workspace, suite.id, all)).toEqual({ items: [], total: 0 });
    await runs.asked(run.id, flows[0] ?? '', { runId: 'run-1' });
    await runs.asked(run.id, flows[0] ?? '', { runId: 'too-late' });
    expect((await runs.get(caller.workspace, suite.id, run.id))?.members[0]?.runId).toBe('run-1');
    expect(await runs.due(10, [])).toEqual([]);
  });

  test('a flow that a suite names is not deleted, and the refusal names the suite', async () => {
    const store = postgresFlows(fixture.store);
    const id = flows[1] ?? '';
    const suite = made(await suites.create(caller, content('needs b', [part(1, 1)])));
    const refusal = await store.remove(caller, { id });
    expect(refusal).toMatchObject({ ok: false, refusal: 'FlowInSuites', because: expect.arrayContaining(['needs b']) });
    expect(await store.byId(caller.workspace, id)).toBeDefined();
    made(await suites.remove(caller, { id: suite.id }));
    expect(await store.remove(caller, { id })).not.toMatchObject({ because: expect.arrayContaining(['needs b']) });
  });

  test('of a suite and the end of its flow at one time, one is refused', async () => {
    const store = postgresFlows(fixture.store);
    const text = { description: '', suite: '', tags: [], file: '', text: '', definition: {}, files: {} };
    for (let round = 0; round < 20; round += 1) {
      const { id } = made(await store.create(caller, { ...text, name: `raced ${round}` }));
      const parts = [{ flowId: id, position: 0, parallel: false }];
      const [suite, removal] = await Promise.all([
        suites.create(caller, content(`raced ${round}`, parts)),
        store.remove(caller, { id }),
      ]);
      expect([suite.ok, removal.ok].sort()).toEqual([false, true]);
      expect(suite).toMatchObject(suite.ok ? { value: { parts } } : { refusal: 'FlowNotFound' });
    }
  });

  test('another workspace sees and changes none', async () => {
    const { id } = made(await suites.create(caller, content('private', [])));
    expect(await suites.get(stranger.workspace, id)).toBeUndefined();
    expect(await suites.list(stranger.workspace, all)).toEqual({ items: [], total: 0 });
    expect(await suites.update(stranger, { id }, content('private', []))).toEqual(notFound);
    expect(await suites.remove(stranger, { id })).toEqual(notFound);
    expect(await suites.remove(caller, { id })).toMatchObject({ ok: true });
    expect(await suites.get(caller.workspace, id)).toBeUndefined();
  });
});
