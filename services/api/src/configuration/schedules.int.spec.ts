import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';

const HELLO = `flow:
  name: hello
  tags: [smoke]
  steps:
    - action: log
      config: { message: hi }
      assert: ['message == "hi"']
`;
const json = { 'content-type': 'application/json' };

describeWith('postgres', 'schedules and suites', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let headers: Record<string, string>;
  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('one');
    headers = await world.headersOf(workspace);
  }, 60_000);
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  type Payload = Record<string, unknown> | string;
  const send = (
    method: 'POST' | 'PUT' | 'DELETE' | 'GET',
    url: string,
    payload?: Payload,
    more: Record<string, string> = {},
  ) =>
    world.api.ask({
      method,
      url: `/api/v1${url}`,
      headers: { 'if-match': '*', ...headers, ...(payload !== undefined && json), ...more },
      ...(payload !== undefined && { payload }),
    });
  const made = async (url: string, payload: Payload) => {
    const response = await send('POST', url, payload);
    expect([response.statusCode, response.json().detail]).toEqual([201, undefined]);
    return response.json();
  };
  const flow = (name: string) => made('/flows', { yaml: HELLO.replace('hello', name) });

  describe('schedules', () => {
    test('take older names, pause, go on, fire by hand and count', async () => {
      const { id: flowId } = await flow('by-hand');
      const body = {
        name: 'older',
        flow_id: flowId,
        cron_expr: '@daily',
        environment: { A: 1 },
        retry_delay: '2m',
        allow_overlap: true,
      };
      const { id, ...schedule } = await made('/schedules', body);
      expect(schedule).toMatchObject({
        cron: '@daily',
        environment: null,
        variables: { A: 1 },
        retry_delay: 120_000,
        overlap: 'allow',
      });
      expect((await send('POST', `/schedules/${id}/pause`)).json()).toMatchObject({
        enabled: false,
        next_run_at: null,
      });
      expect((await send('POST', `/schedules/${id}/resume`)).json()).toMatchObject({ enabled: true, version: 3 });
      const fired = await send('POST', `/schedules/${id}/trigger`);
      expect(fired.statusCode).toBe(202);
      const { runs } = (await send('GET', `/schedules/${id}/runs`)).json();
      expect(runs).toMatchObject([{ execution_id: fired.json().execution_id, manual: true, status: 'pending' }]);
      expect((await send('GET', `/schedules/${id}/stats`)).json()).toMatchObject({ total_runs: 1, success_rate: null });
      expect((await send('GET', `/schedules?page=1&page_size=1&flow_id=${flowId}`)).json()).toMatchObject({
        total: 1,
        limit: 1,
      });
    });

    test.each([
      [{ cron: '0 * * *' }, 400, 'has 5 fields'],
      [{ cron: '* * * * *', timezone: 'Mars/Base' }, 400, 'no time zone'],
      [{ cron: '* * * * *', environment: 'nowhere' }, 422, 'no environment'],
      [{ cron: '* * * * *', flow_id: '0190a000-0000-7000-8000-000000000009' }, 422, 'no flow'],
      [
        { cron: '* * * * *', suite_id: '0190a000-0000-7000-8000-000000000009' },
        400,
        'exactly one of flow_id and suite_id',
      ],
    ])('%j is refused', async (over, status, why) => {
      const { flows } = (await send('GET', '/flows?limit=1')).json();
      const response = await send('POST', '/schedules', { name: 'bad', flow_id: flows[0].id, ...over });
      expect([response.statusCode, response.json().detail]).toEqual([status, expect.stringContaining(why)]);
    });

    test('whose expression is no longer taken keep their slots, pause, change in all else, and do not go on before it is changed', async () => {
      const { id: flowId } = await flow('older-cron');
      const body = { name: 'older cron', flow_id: flowId, cron: '@daily', timezone: 'UTC' };
      const { id, next_run_at } = await made('/schedules', body);
      await world.storage.pool.query(`update testmesh.schedules set cron_expr = '0 0 L * *' where id = $1`, [id]);
      const told = { cron: '0 0 L * *', problem: expect.stringContaining('the day of the month L is not understood') };
      expect((await send('GET', `/schedules/${id}`)).json()).toMatchObject(told);

      const old = { ...body, cron: '0 0 L * *' };
      const changed = await send('PUT', `/schedules/${id}`, { ...old, name: 'renamed', max_retries: 2 });
      expect(changed.json()).toMatchObject({ ...told, name: 'renamed', max_retries: 2, status: 'active', next_run_at });
      const elsewhere = await send('PUT', `/schedules/${id}`, { ...old, timezone: 'Europe/Berlin' });
      expect([elsewhere.statusCode, elsewhere.json().errors]).toMatchObject([400, [{ pointer: '/cron' }]]);

      expect((await send('POST', `/schedules/${id}/resume`)).json()).toMatchObject({ status: 'active', next_run_at });
      const paused = await send('POST', `/schedules/${id}/pause`);
      expect(paused.json()).toMatchObject({ ...told, status: 'paused', next_run_at: null });
      const resumed = await send('POST', `/schedules/${id}/resume`);
      expect([resumed.statusCode, resumed.json().detail]).toEqual([
        422,
        expect.stringContaining('L is not understood'),
      ]);
      const enabled = await send('PUT', `/schedules/${id}`, { ...old, enabled: true });
      expect([enabled.statusCode, enabled.json().detail]).toEqual([
        400,
        expect.stringContaining('L is not understood'),
      ]);
      expect((await send('PUT', `/schedules/${id}`, { ...old, enabled: false })).statusCode).toBe(200);

      const repaired = await send('PUT', `/schedules/${id}`, { ...body, enabled: true });
      expect(repaired.json()).toMatchObject({ cron: '@daily', problem: null, status: 'active' });
      await world.storage.pool.query(`update testmesh.schedules set cron_expr = '0 0 L * *' where id = $1`, [id]);
      expect((await send('DELETE', `/schedules/${id}`)).statusCode).toBe(204);
    });

    test('go over a dataset with their flow, and name what they lack of it', async () => {
      const { id: flowId } = await flow('over-rows');
      const dataset = await made('/datasets', { name: 'regions', rows: [{ REGION: 'eu' }, { REGION: 'us' }] });
      const body = { name: 'over rows', flow_id: flowId, cron: '@yearly', dataset: { id: dataset.id } };
      const { id, ...schedule } = await made('/schedules', body);
      expect(schedule.dataset).toEqual({ id: dataset.id, mapping: {}, parallel: 5, stop_on_failure: false });
      const mapped = {
        ...body,
        dataset: { id: dataset.id, mapping: { REGION: 'AREA' }, parallel: 1, stop_on_failure: true },
      };
      expect((await send('PUT', `/schedules/${id}`, mapped)).json().dataset).toEqual(mapped.dataset);
      expect((await send('POST', `/schedules/${id}/pause`)).json().dataset).toEqual(mapped.dataset);

      const fired = await send('POST', `/schedules/${id}/trigger`);
      expect([fired.statusCode, fired.json()]).toMatchObject([202, { execution_id: null, suite_run_id: null }]);
      const place = String(fired.headers['location']);
      expect(place).toBe(`/api/v1/datasets/${dataset.id}/runs/${fired.json().dataset_run_id}`);
      const run = (await send('GET', place.replace('/api/v1', ''))).json();
      expect(run).toMatchObject({ schedule_id: id, total_rows: 2, flow_id: flowId, requested_by: `schedule:${id}` });
      const { runs } = (await send('GET', `/schedules/${id}/runs`)).json();
      expect(runs).toMatchObject([{ dataset_run_id: run.id, execution_id: null, status: 'running' }]);
      const first = await send('GET', `/executions/${run.rows[0].execution_id}/events`);
      expect(first.json().events[0].data.variables).toEqual({ AREA: 'eu' });

      const stranger = { ...body, dataset: { id: '0190a000-0000-7000-8000-000000000009' } };
      const none = await send('POST', '/schedules', stranger);
      expect([none.statusCode, none.json().errors]).toMatchObject([422, [{ pointer: '/dataset/id' }]]);
      const unknown = await send('POST', '/schedules', {
        ...body,
        dataset: { id: dataset.id, mapping: { CITY: 'C' } },
      });
      expect([unknown.statusCode, unknown.json().detail]).toEqual([422, 'the dataset has no column CITY']);
      const alone = { name: 'alone', suite_id: flowId, cron: '@yearly', dataset: { id: dataset.id } };
      expect((await send('POST', '/schedules', alone)).json().errors).toMatchObject([{ pointer: '/flow_id' }]);
      const kept = await send('DELETE', `/datasets/${dataset.id}`);
      expect([kept.statusCode, kept.json().detail]).toEqual([
        409,
        'schedules go over this dataset: change or delete them first (over rows)',
      ]);
    });

    test('go with their environment when it is renamed, and keep it from being deleted', async () => {
      const { id: flowId } = await flow('renamed');
      const environment = await made('/environments', { name: 'before' });
      const rename = (name: string) => send('PUT', `/environments/${environment.id}`, { name });
      const asked = { name: 'in before', flow_id: flowId, cron: '@daily', environment: 'before' };
      const { id } = await made('/schedules', asked);
      const suite = await made('/suites', { name: 'in before', flows: [{ flow_id: flowId }] });
      const run = await send('POST', `/suites/${suite.id}/run`, { environment: 'before' });
      expect((await rename('after')).statusCode).toBe(200);
      expect((await send('GET', `/schedules/${id}`)).json()).toMatchObject({ environment: 'after', version: 2 });
      expect((await send('GET', `/suites/${suite.id}/runs/${run.json().id}`)).json()).toMatchObject({
        environment: 'after',
      });
      expect((await send('POST', `/schedules/${id}/trigger`)).statusCode).toBe(202);
      const refused = await send('DELETE', `/environments/${environment.id}`);
      expect([refused.statusCode, refused.json().detail]).toEqual([
        409,
        'schedules, or rules of repositories, run in this environment: change or delete them first (in before)',
      ]);
      expect((await send('DELETE', `/schedules/${id}`)).statusCode).toBe(204);
      expect((await send('DELETE', `/environments/${environment.id}`)).statusCode).toBe(204);
    });

    test('a firing that could not be asked for has ended without an execution', async () => {
      const { id: flowId } = await flow('unaskable');
      const { id } = await made('/schedules', { name: 'unaskable', flow_id: flowId, cron: '@daily' });
      await world.storage.pool.query(`update testmesh.flows set text = 'flow: {}' where id = $1`, [flowId]);
      expect((await send('POST', `/schedules/${id}/trigger`)).statusCode).toBe(422);
      expect((await send('GET', `/schedules/${id}/runs`)).json().runs).toMatchObject([
        { status: 'failed', execution_id: null, error: expect.stringContaining('TM') },
      ]);
      expect((await send('GET', `/schedules/${id}`)).json()).toMatchObject({
        last_run_id: null,
        last_run_result: 'failure',
      });
    });

    test('that are disabled with their flow have no next slot', async () => {
      const { id: flowId } = await flow('deleted');
      const { id } = await made('/schedules', { name: 'of deleted', flow_id: flowId, cron: '@daily' });
      expect((await send('DELETE', `/flows/${flowId}`)).statusCode).toBe(204);
      expect((await send('GET', `/schedules/${id}`)).json()).toMatchObject({ status: 'disabled', next_run_at: null });
    });

    test('help with writing an expression', async () => {
      const checked = await send('POST', '/schedules/validate-cron', { cron: '*/15 * * * *', count: 3 });
      expect(checked.json()).toMatchObject({ valid: true, error: null });
      expect(checked.json().next_runs).toHaveLength(3);
      expect((await send('POST', '/schedules/validate-cron', { cron: 'often' })).json()).toMatchObject({
        valid: false,
      });
      expect((await send('GET', '/schedules/presets')).json().presets).toHaveLength(12);
      expect((await send('GET', '/schedules/timezones')).json().timezones).toContain('Europe/Berlin');
    });
  });

  test('a suite asks for its flows in order, as far as their turn has come', async () => {
    const [first, second] = [await flow('suite-a'), await flow('suite-b')];
    const flows = [
      { flow_id: first.id, order: 1 },
      { flow_id: second.id, order: 2 },
    ];
    const suite = await made('/suites', { name: 'ordered', flows });
    const run = await send('POST', `/suites/${suite.id}/run`, {});
    expect([run.statusCode, run.json()]).toMatchObject([
      202,
      {
        status: 'pending',
        total_flows: 2,
        executions: [{ status: 'pending' }, { status: 'waiting', execution_id: null }],
      },
    ]);
    const again = await send('GET', String(run.headers['location']).replace('/api/v1', ''));
    expect(again.json()).toEqual(run.json());
    expect((await send('GET', `/suites/${suite.id}/runs`)).json()).toMatchObject({ total: 1 });
    const fewer = { name: 'fewer', flows: flows.slice(1) };
    expect((await send('PUT', `/suites/${suite.id}`, fewer, { 'if-match': '"1"' })).statusCode).toBe(200);
    expect((await send('DELETE', `/suites/${suite.id}`, undefined, { 'if-match': '*' })).statusCode).toBe(204);
  });
});
