import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { catalogue } from '@testmesh/catalogue';
import { datasetDeps, moveDatasetsOn, moveSuitesOn, suiteDeps } from '@testmesh/commands';
import { systemClock } from '@testmesh/runtime';
import { describeWith } from '../../../../tools/testing/real.ts';
import { endRun } from '../testing/end-run.fixture.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';

jest.setTimeout(120_000);

const HELLO = `flow:
  name: hello
  steps:
    - { action: log, config: { message: hi }, assert: ['message == "hi"'] }
`;
/** More than are looked at in one go. */
const CROWD = 53;

describeWith('postgres', 'however many older runs wait for their turn', (address) => {
  let world: TestConfiguration;
  let crowded: Asking;
  let theirs: Asking;
  let settings: Parameters<typeof suiteDeps>[0];
  beforeAll(async () => {
    world = await startConfiguration(address);
    settings = { storage: world.storage, wakeups: { wake: () => undefined }, clock: systemClock, catalogue };
    [crowded, theirs] = [await asking(world, 'crowded'), await asking(world, 'theirs')];
  });
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  test('the next part of a suite of another workspace is asked for', async () => {
    const startSuite = async ({ post, workspace }: Asking) => {
      const flows = [
        await post('/flows', { yaml: HELLO }),
        await post('/flows', { yaml: HELLO.replace('hello', 'next') }),
      ];
      const parts = flows.map(({ id }, order) => ({ flow_id: id, order }));
      const { id } = await post('/suites', { name: 's', flows: parts });
      const run = () => post(`/suites/${id}/run`, {});
      // Over the API it would be moved on.
      const kept = async () => (await world.storage.suiteRuns.list(workspace, id, { limit: 1, offset: 0 })).items[0];
      return { run, kept };
    };
    const before = await startSuite(crowded);
    for (let run = 0; run < CROWD; run += 1) await before.run();
    const suite = await startSuite(theirs);
    await suite.run();
    expect(await moveSuitesOn(suiteDeps(settings))).toBe(0);
    await endRun(world.storage, (await suite.kept())?.members[0]?.runId ?? '', 'passed');
    expect(await moveSuitesOn(suiteDeps(settings))).toBe(1);
    expect((await suite.kept())?.members.map(({ runId }) => typeof runId)).toEqual(['string', 'string']);
  });

  test('a run over a dataset goes on, row by row, and ends', async () => {
    const startRows = async ({ post, workspace }: Asking) => {
      const flow = await post('/flows', { yaml: HELLO.replace('hello', 'rows') });
      const { id } = await post('/datasets', { name: 'd', csv: 'a\n1\n2\n' });
      const run = () => post(`/datasets/${id}/run`, { flow_id: flow.id, parallel: 1 });
      const kept = async () => (await world.storage.datasetRuns.list(workspace, id, { limit: 1, offset: 0 })).items[0];
      return { run, kept };
    };
    const before = await startRows(crowded);
    for (let run = 0; run < CROWD; run += 1) await before.run();
    const dataset = await startRows(theirs);
    await dataset.run();
    for (const row of [0, 1]) {
      const { items } = await world.storage.datasetRuns.rows((await dataset.kept())?.id ?? '', { limit: 2, offset: 0 });
      expect(items[row]).toMatchObject({ asked: true });
      await endRun(world.storage, items[row]?.runId ?? '', 'passed');
      expect(await moveDatasetsOn(datasetDeps(settings))).toBe(1);
    }
    expect(await dataset.kept()).toMatchObject({ passed: 2, endedAt: expect.any(Date) });
  });
});

interface Asking {
  readonly workspace: string;
  readonly post: (url: string, payload: object) => Promise<{ readonly id: string }>;
}

const asking = async (world: TestConfiguration, slug: string): Promise<Asking> => {
  const workspace = await world.workspace(slug);
  const headers = await world.headersOf(workspace);
  return {
    workspace,
    post: async (url, payload) => {
      const answer = await world.api.ask({ method: 'POST', url: `/api/v1${url}`, headers, payload });
      if (answer.statusCode >= 300) throw new Error(answer.body);
      return answer.json();
    },
  };
};
