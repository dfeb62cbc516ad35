import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { catalogue } from '@testmesh/catalogue';
import { datasetDeps, fireSlot, suiteDeps } from '@testmesh/commands';
import { newRunId, systemClock } from '@testmesh/runtime';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';
import { endRun, takeEnds } from '../testing/end-run.fixture.ts';
import { PING } from '../testing/flows.ts';

// Whatever asks for runs says who carries them out: a site agent takes runs of suites, schedules, datasets, gates and rules, too.

const SECRET = 'a-secret-of-this-repository';
const WHERE = { pool: 'berlin', priority: 7 };
const NOBODY = expect.stringContaining('nobody takes runs of the pool berlin');

describeWith('postgres', 'a pool and a priority', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let headers: Record<string, string>;
  const ids = { flow: '', suite: '', dataset: '' };
  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('one');
    headers = await world.headersOf(workspace);
    ids.flow = (await post('/flows', { yaml: PING })).id;
    ids.suite = (await post('/suites', { name: 's', flows: [{ flow_id: ids.flow }] })).id;
    ids.dataset = (await post('/datasets', { name: 'd', rows: [{ A: 1 }] })).id;
  }, 60_000);
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  const post = async (path: string, payload: object, more: Record<string, string> = headers) => {
    const answer = await world.api.ask({ method: 'POST', url: `/api/v1${path}`, headers: more, payload });
    expect([answer.statusCode < 300, answer.json().detail]).toEqual([true, undefined]);
    return answer.json();
  };
  const get = async (path: string) => (await world.api.ask({ url: `/api/v1${path}`, headers })).json();
  const queued = async (runId: string) => {
    const sql = 'select pool, priority from journal.run_queue where run_id = $1';
    return (await world.storage.pool.query<typeof WHERE>(sql, [runId])).rows;
  };
  const ofSuite = (run: { executions: readonly { execution_id: string }[] }) => run.executions[0]?.execution_id ?? '';
  const ofRows = async (dataset: string, run: { id: string }) =>
    (await get(`/datasets/${dataset}/runs/${run.id}`)).rows[0].execution_id;
  let count = 0;
  const schedule = async (target: object) =>
    (await post('/schedules', { name: `s${++count}`, cron: '@yearly', ...target, ...WHERE })).id;
  const push = async (target: object) => {
    const repository = `acme/shop-${++count}`;
    const rule = { name: repository.replace('/', ' '), provider: 'github', repository, secret: SECRET };
    expect(await post('/git-trigger-rules', { ...rule, ...target, ...WHERE })).toMatchObject(WHERE);
    const payload = { ref: 'refs/heads/main', after: 'a'.repeat(40), repository: { full_name: repository } };
    const signature = createHmac('sha256', SECRET).update(JSON.stringify(payload)).digest('hex');
    const delivery = { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${signature}` };
    return post('/webhooks/github', payload, delivery);
  };
  const gate = (target: object) =>
    post('/gates/argo-rollouts', { ...target, revision: `r${++count}`, wait: 0, ...WHERE });
  const flagger = async (target: object) => {
    const metadata = { ...target, pool: 'berlin', priority: '7' };
    const canary = { name: 'c', namespace: 'n', phase: 'Progressing', checksum: `x${++count}`, metadata };
    const asked = { method: 'POST', url: '/api/v1/gates/flagger', headers, payload: canary } as const;
    const answer = await world.api.app.inject(asked);
    return { text: answer.body, id: String(answer.headers['location']).split('/').at(-1) ?? '' };
  };
  const suiteRunOf = async (id: string) => ofSuite(await get(`/suites/${ids.suite}/runs/${id}`));

  const KINDS: Readonly<Record<string, () => Promise<string>>> = {
    'a suite': async () => {
      const run = await post(`/suites/${ids.suite}/run`, WHERE);
      expect(run).toMatchObject({ ...WHERE, waiting_for: NOBODY });
      return ofSuite(run);
    },
    'a suite, once more': async () => {
      const first = await post(`/suites/${ids.suite}/run`, WHERE);
      await endRun(world.storage, ofSuite(first), 'failed');
      return ofSuite(await post(`/suites/${ids.suite}/runs/${first.id}/rerun`, {}));
    },
    'a dataset': async () => {
      const run = await post(`/datasets/${ids.dataset}/run`, { flow_id: ids.flow, ...WHERE });
      expect(run).toMatchObject({ ...WHERE, waiting_for: NOBODY });
      return ofRows(ids.dataset, run);
    },
    'a dataset, once more': async () => {
      const first = await post(`/datasets/${ids.dataset}/run`, { flow_id: ids.flow, ...WHERE });
      const place = `/datasets/${ids.dataset}/runs/${first.id}`;
      await post(`${place}/cancel`, {});
      await takeEnds(world.storage, await ofRows(ids.dataset, first));
      await get(place);
      const { datasetRuns } = world.storage;
      await datasetRuns.end(first.id);
      return ofRows(ids.dataset, await post(`${place}/rerun`, {}));
    },
    'rows that come along': async () => {
      const data = { type: 'inline', data: [{ A: 2 }] };
      const { dataset_id: dataset, runs } = await post('/runner/run', {
        flow_ids: [ids.flow],
        data_source: data,
        ...WHERE,
      });
      expect(runs).toMatchObject([{ ...WHERE, waiting_for: NOBODY }]);
      return ofRows(dataset, runs[0]);
    },
    'a schedule of a flow, by hand': async () => {
      const fired = await post(`/schedules/${await schedule({ flow_id: ids.flow })}/trigger`, {});
      expect(fired.waiting_for).toEqual(NOBODY);
      return fired.execution_id;
    },
    'a schedule of a suite, at a slot': async () => {
      const id = await schedule({ suite_id: ids.suite });
      expect(await get(`/schedules/${id}`)).toMatchObject(WHERE);
      await post(`/schedules/${id}/pause`, {});
      expect(await post(`/schedules/${id}/resume`, {})).toMatchObject(WHERE);
      const settings = { storage: world.storage, wakeups: { wake: () => undefined }, clock: systemClock, catalogue };
      const fire = fireSlot({ ...suiteDeps(settings), ...datasetDeps(settings) });
      const firing = newRunId();
      await world.storage.firings.changeNow(id, async (held) => {
        expect(held).toMatchObject(WHERE);
        await fire(held, firing);
        return { events: [] };
      });
      return suiteRunOf(firing);
    },
    'a schedule over a dataset': async () => {
      const id = await schedule({ flow_id: ids.flow, dataset: { id: ids.dataset } });
      const fired = await post(`/schedules/${id}/trigger`, {});
      return ofRows(ids.dataset, { id: fired.dataset_run_id });
    },
    'a gate of a flow': async () => {
      const asked = await gate({ flow_id: ids.flow });
      expect(asked.waiting_for).toEqual(NOBODY);
      return asked.run_id;
    },
    'a gate of a suite': async () => suiteRunOf((await gate({ suite_id: ids.suite })).run_id),
    'a canary': async () => {
      const { text, id } = await flagger({ flow_id: ids.flow });
      expect(text).toEqual(NOBODY);
      return id;
    },
    'a push that runs a flow': async () => {
      const told = await push({ flow_id: ids.flow });
      expect(told.waiting_for).toEqual(NOBODY);
      return told.triggered_run_ids[0];
    },
    'a push that runs a suite': async () => suiteRunOf((await push({ suite_id: ids.suite })).triggered_run_ids[0]),
  };

  test.each(Object.keys(KINDS))('given to %s are those of the run that is queued', async (kind) => {
    const runId = await (KINDS[kind] as () => Promise<string>)();
    expect(await queued(runId)).toEqual([WHERE]);
  });

  test.each([
    ['/suites/ID/run', { pool: 'Nowhere!' }],
    ['/suites/ID/run', { priority: 101 }],
  ])('that are none are refused by %s: %j', async (path, body) => {
    const url = `/api/v1${path.replace('ID', ids.suite)}`;
    const answer = await world.api.ask({ method: 'POST', url, headers, payload: body });
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, `/${Object.keys(body)[0]}`]);
  });
});
