import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';
import { PING } from '../testing/flows.ts';

// Whoever asks for a run is told in the answer when nobody takes runs of its pool, by whatever route it was asked for.

const SECRET = 'a-secret-of-this-repository';
const NOBODY =
  'nobody takes runs of the pool default: start an executor with TESTMESH_POOLS=default, or a site agent with this pool';

describeWith('postgres', 'an answer about a run that nobody takes', (address) => {
  let world: TestConfiguration;
  let headers: Record<string, string>;
  const ids = { flow: '', suite: '', schedule: '', ofSuite: '', dataset: '', run: '', suiteRun: '', datasetRun: '' };
  beforeAll(async () => {
    world = await startConfiguration(address);
    headers = await world.headersOf(await world.workspace('one'));
    ids.flow = (await post('/flows', { yaml: PING })).id;
    ids.suite = (await post('/suites', { name: 's', flows: [{ flow_id: ids.flow }] })).id;
    ids.schedule = (await post('/schedules', { name: 'f', flow_id: ids.flow, cron: '@yearly' })).id;
    ids.ofSuite = (await post('/schedules', { name: 's', suite_id: ids.suite, cron: '@yearly' })).id;
    ids.dataset = (await post('/datasets', { name: 'd', rows: [{ A: 1 }] })).id;
    const rule = { name: 'r', provider: 'github', repository: 'acme/shop', secret: SECRET, flow_id: ids.flow };
    await post('/git-trigger-rules', rule);
    ids.run = (await post('/executions', { flow_id: ids.flow })).id;
    ids.suiteRun = (await post(`/suites/${ids.suite}/run`, {})).id;
    ids.datasetRun = (await post(`/datasets/${ids.dataset}/run`, { flow_id: ids.flow })).id;
  }, 60_000);
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  const post = async (path: string, payload: object, more = headers) => {
    const answer = await world.api.ask({ method: 'POST', url: `/api/v1${path}`, headers: more, payload });
    expect([answer.statusCode < 300, answer.json().detail]).toEqual([true, undefined]);
    return answer.json();
  };
  const get = async (path: string) => (await world.api.ask({ url: `/api/v1${path}`, headers })).json();
  let pushes = 0;
  const push = () => {
    const payload = { ref: 'refs/heads/main', after: `${++pushes}`.repeat(40), repository: { full_name: 'acme/shop' } };
    const signature = createHmac('sha256', SECRET).update(JSON.stringify(payload)).digest('hex');
    const delivery = { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${signature}` };
    return post('/webhooks/github', payload, delivery as unknown as typeof headers);
  };
  const rows = () => ({ flow_ids: [ids.flow], data_source: { type: 'inline', data: [{ A: 2 }] } });
  let revisions = 0;
  const gate = (target: object) => post('/gates/argo-rollouts', { ...target, revision: `r${++revisions}`, wait: 0 });

  const ROUTES: readonly (readonly [string, () => Promise<{ readonly waiting_for?: unknown }>])[] = [
    ['an execution', () => post('/executions', { flow_id: ids.flow })],
    ['an execution, read', () => get(`/executions/${ids.run}`)],
    ['a rerun', () => post(`/executions/${ids.run}/rerun`, {})],
    ['a definition', () => post('/executions/run-definition', { definition: PING, wait: 0 })],
    ['a suite', () => post(`/suites/${ids.suite}/run`, {})],
    ['a suite, read', () => get(`/suites/${ids.suite}/runs/${ids.suiteRun}`)],
    ['a dataset', () => post(`/datasets/${ids.dataset}/run`, { flow_id: ids.flow })],
    ['a dataset, read', () => get(`/datasets/${ids.dataset}/runs/${ids.datasetRun}`)],
    ['rows that come along', async () => (await post('/runner/run', rows())).runs[0]],
    ['a schedule of a flow', () => post(`/schedules/${ids.schedule}/trigger`, {})],
    ['a schedule of a suite', () => post(`/schedules/${ids.ofSuite}/trigger`, {})],
    ['a gate over a flow', () => gate({ flow_id: ids.flow })],
    ['a gate over a suite', () => gate({ suite_id: ids.suite })],
    ['a push', () => push()],
  ];

  test.each(ROUTES)('says so, and no more of it once somebody does: %s', async (_, ask) => {
    expect((await ask()).waiting_for).toBe(NOBODY);
    await world.storage.pool.query(
      `insert into journal.served_pools (executor, pool, workspace, seen_at) values ('e', 'default', '', clock_timestamp())`,
    );
    expect((await ask()).waiting_for).toBeNull();
    await world.storage.pool.query('delete from journal.served_pools');
  });

  test('is part of the line that a webhook of a canary is shown', async () => {
    const metadata = { flow_id: ids.flow };
    const payload = { name: 'c', namespace: 'n', phase: 'Progressing', checksum: 'c1', metadata };
    const answer = await world.api.app.inject({ method: 'POST', url: '/api/v1/gates/flagger', headers, payload });
    expect([answer.statusCode, answer.body]).toEqual([425, expect.stringContaining(`; ${NOBODY} · /api/v1/gates/`)]);
  });
});
