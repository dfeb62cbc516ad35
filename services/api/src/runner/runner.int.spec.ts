import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';
import { PING } from '../testing/flows.ts';

const CSV = 'email,retries\nada@example.com,1\nbob@example.com,2\n';

describeWith('postgres', 'flows over rows that come along', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let headers: Record<string, string>;
  let flow: string;
  let other: string;
  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('one');
    headers = await world.headersOf(workspace);
    flow = (await post('/flows', { yaml: PING })).json().id;
    other = (await post('/flows', { yaml: PING.replace('name: ping', 'name: pong') })).json().id;
  }, 30_000);
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  const post = (path: string, payload: object, more: Record<string, string> = headers) =>
    world.api.ask({ method: 'POST', url: `/api/v1${path}`, headers: more, payload });
  const get = async (path: string) => (await world.api.ask({ url: `/api/v1${path}`, headers })).json();

  test('are shown before they are run', async () => {
    const rows = [
      { email: 'ada@example.com', retries: 1 },
      { email: 'bob@example.com', retries: 2 },
    ];
    const expected = { columns: ['email', 'retries'], row_count: 2, rows };
    expect((await post('/runner/parse-data', { type: 'csv', content: CSV })).json()).toEqual(expected);
    expect((await post('/runner/parse-data', { type: 'json', content: JSON.stringify(rows) })).json()).toEqual(
      expected,
    );
    expect((await post('/runner/parse-data', { type: 'json', content: '{"a": 1}' })).statusCode).toBe(400);
    expect((await post('/runner/parse-data', { type: 'csv', content: 'a,b\n1\n' })).json().detail).toContain('line 2');
  });

  test('are kept once, and each flow goes over them as over any dataset', async () => {
    const request = {
      flow_ids: [flow, other],
      data_source: { type: 'csv', content: CSV },
      iterations: 2,
      variable_mapping: { email: 'USER_EMAIL' },
      variables: { A: 'x' },
    };
    const first = await post('/runner/run', request);
    expect(first.statusCode).toBe(202);
    expect(first.json().runs).toMatchObject([
      { flow_id: flow, total_rows: 4, status: 'running' },
      { flow_id: other, total_rows: 4 },
    ]);
    const { dataset_id: dataset, runs } = first.json();
    const told = await get(`/datasets/${dataset}/runs/${runs[0].id}`);
    expect(told.rows.map(({ status }: { status: string }) => status)).toEqual([
      'running',
      'waiting',
      'waiting',
      'waiting',
    ]);
    const { events } = await get(`/executions/${told.rows[0].execution_id}/events`);
    expect(events[0].data).toMatchObject({
      trigger: { kind: 'dataset', id: runs[0].id },
      variables: { A: 'x', USER_EMAIL: 'ada@example.com', retries: 1 },
    });
    expect((await post('/runner/run', { ...request, parallel: 3 })).json().dataset_id).toBe(dataset);
    expect((await get('/datasets')).total).toBe(1);
  });

  test('are refused before any is run, and keeping them asks for the permission', async () => {
    const request = { flow_ids: [flow], data_source: { type: 'inline', data: [{ a: 1 }] } };
    const runs = (await get('/executions?trigger_type=dataset')).total;
    const nobody = '11111111-1111-4111-8111-111111111111';
    const missing = await post('/runner/run', { ...request, flow_ids: [flow, nobody] });
    expect(missing.statusCode).toBe(422);
    expect(missing.json().errors).toMatchObject([{ pointer: '/flow_ids/1' }]);
    expect((await post('/runner/run', { ...request, environment: 'gone' })).statusCode).toBe(422);
    expect((await post('/runner/run', { ...request, delay_ms: 5 })).statusCode).toBe(400);
    expect((await post('/runner/run', request, await world.headersOf(workspace, ['flows:run']))).statusCode).toBe(403);
    const strangers = await world.headersOf(await world.workspace('two'));
    expect((await post('/runner/run', request, strangers)).statusCode).toBe(422);
    expect((await get('/executions?trigger_type=dataset')).total).toBe(runs);
  });

  test('a key finds its workspace under the older name, too', async () => {
    expect(await get('/workspaces/personal')).toMatchObject({ id: workspace, slug: 'one' });
  });

  test('sent again with their Idempotency-Key are run once', async () => {
    const request = { flow_ids: [flow, other], data_source: { type: 'csv', content: 'n\n1\n2\n' } };
    const ask = (body: object) => post('/runner/run', body, { ...headers, 'idempotency-key': 'rows' });
    const [first, second] = [await ask(request), await ask(request)];
    expect([first.statusCode, second.statusCode]).toEqual([202, 202]);
    const idsOf = (answer: typeof first) => answer.json().runs.map(({ id }: { id: string }) => id);
    expect(idsOf(second)).toEqual(idsOf(first));
    expect(new Set(idsOf(first)).size).toBe(2);
    expect(await get(`/datasets/${first.json().dataset_id}/runs`)).toMatchObject({ total: 2 });
    expect((await ask({ ...request, iterations: 2 })).statusCode).toBe(422);
  });
});
