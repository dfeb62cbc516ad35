import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { catalogue } from '@testmesh/catalogue';
import { datasetDeps, moveDatasetsOn } from '@testmesh/commands';
import { systemClock } from '@testmesh/runtime';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';
import { endRun, takeEnds } from '../testing/end-run.fixture.ts';

jest.setTimeout(60_000);

const FLOW = `flow:
  name: greets
  inputs: { email: { type: string }, COUNTRY: { type: string } }
  steps:
    - { action: log, config: { message: 'hi {{email}} {{COUNTRY}}' }, assert: ['message != ""'] }
`;
const CSV = 'email,land,note\nada@example.com,DE,x\n"bob, jr",US,\ncy@example.com,FR,y\n';

describeWith('postgres', 'datasets', (address) => {
  let world: TestConfiguration;
  let headers: Record<string, string>;
  let flowId: string;
  beforeAll(async () => {
    world = await startConfiguration(address);
    headers = await world.headersOf(await world.workspace('one'));
    const flow = await send('POST', '/flows', { yaml: FLOW });
    expect(flow.json()).toMatchObject({ name: 'greets' });
    flowId = flow.json().id;
  });
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  const send = (method: 'POST' | 'PUT' | 'DELETE' | 'GET', url: string, payload?: object, etag?: string) =>
    world.api.ask({
      method,
      url: `/api/v1${url}`,
      headers: {
        ...headers,
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...(etag !== undefined && { 'if-match': etag }),
      },
      ...(payload !== undefined && { payload }),
    });
  const make = async (name: string) => {
    const made = await send('POST', '/datasets', { name, csv: CSV });
    expect([made.statusCode, made.json()]).toMatchObject([201, { name, version: 1, row_count: 3 }]);
    return made.json().id as string;
  };
  const variables = async (runId: string) => {
    for await (const event of world.storage.journal.read(`run-${runId}`)) return event.data['variables'];
    return undefined;
  };
  const end = (runId: string, verdict: 'passed' | 'failed') => endRun(world.storage, runId, verdict);
  const moveOn = () =>
    moveDatasetsOn(
      datasetDeps({ storage: world.storage, wakeups: { wake: () => undefined }, clock: systemClock, catalogue }),
    );

  test('are kept in versions, with their rows typed', async () => {
    const id = await make('versions');
    expect((await send('GET', `/datasets/${id}/rows`)).json()).toEqual({
      version: 1,
      rows: [
        { email: 'ada@example.com', land: 'DE', note: 'x' },
        { email: 'bob, jr', land: 'US', note: '' },
        { email: 'cy@example.com', land: 'FR', note: 'y' },
      ],
      total: 3,
      limit: 100,
      offset: 0,
    });
    const rows = [{ n: 1, deep: { a: [true] } }];
    const changed = await send('PUT', `/datasets/${id}`, { name: 'versions', rows }, '"1"');
    expect(changed.json()).toMatchObject({ version: 2, columns: ['n', 'deep'], row_count: 1 });
    expect((await send('PUT', `/datasets/${id}`, { name: 'versions', rows }, '"1"')).statusCode).toBe(412);
    expect((await send('GET', `/datasets/${id}/rows`)).json()).toMatchObject({ version: 2, rows });
    expect((await send('GET', `/datasets/${id}/rows?version=1&offset=2`)).json()).toMatchObject({
      rows: [{ email: 'cy@example.com' }],
    });
    expect((await send('GET', `/datasets/${id}/versions`)).json()).toMatchObject({ total: 2 });
    expect((await send('DELETE', `/datasets/${id}`, undefined, '*')).statusCode).toBe(204);
    expect((await send('GET', `/datasets/${id}`)).statusCode).toBe(404);
  });

  test.each([
    [{ csv: 'a,b\n1\n' }, 'line 2: 1 cells stand under 2 columns'],
    [{ csv: 'a,a\n1,2\n' }, 'the column a is there twice'],
    [{ csv: 'a\n' }, 'at least one row'],
    [{ rows: [{ a: 1 }, { b: 2 }] }, 'row 2 has other columns than the first one: b'],
    [{ rows: [], csv: '' }, 'exactly one of rows and csv'],
  ])('%j is refused', async (over, why) => {
    const response = await send('POST', '/datasets', { name: 'bad', ...over });
    expect([response.statusCode, response.json().detail]).toEqual([400, expect.stringContaining(why)]);
  });

  test('asked for twice with an Idempotency-Key are run once', async () => {
    const id = await make('twice');
    const ask = (payload: object) =>
      world.api.ask({
        method: 'POST',
        url: `/api/v1/datasets/${id}/run`,
        headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': 'rows-once' },
        payload,
      });
    const mapping = { land: 'COUNTRY' };
    const first = await ask({ flow_id: flowId, parallel: 1, mapping });
    const second = await ask({ flow_id: flowId, parallel: 1, mapping });
    expect([first.statusCode, second.statusCode]).toEqual([202, 202]);
    expect(second.json().id).toBe(first.json().id);
    expect((await send('GET', `/datasets/${id}/runs`)).json()).toMatchObject({ total: 1 });
    expect((await ask({ flow_id: flowId, parallel: 2, mapping })).statusCode).toBe(422);
  });

  test('ask for a test environment for each row, and say so', async () => {
    const id = await make('environments');
    const test_environment = { context: 'pr-7', on_busy: 'new' };
    const asked = { flow_id: flowId, parallel: 2, mapping: { land: 'COUNTRY' }, test_environment };
    const started = await send('POST', `/datasets/${id}/run`, asked);
    expect([started.statusCode, started.json()]).toMatchObject([202, { test_environment }]);
    const place = String(started.headers['location']).replace('/api/v1', '');
    const rows = (await send('GET', place)).json().rows as { execution_id: string }[];
    const inputs = rows
      .slice(0, 2)
      .map(async ({ execution_id }) => (await world.storage.runSecrets.of(execution_id)).get('inputs') ?? '{}');
    for (const text of await Promise.all(inputs)) expect(JSON.parse(text).testEnvironment).toEqual(test_environment);
    const wrong = await send('POST', `/datasets/${id}/run`, { ...asked, test_environment: { on_bussy: 'new' } });
    expect(wrong.statusCode).toBe(400);
  });

  test('run a flow once per row, so many at once, each with its row’s values', async () => {
    const id = await make('rows');
    const asked = { flow_id: flowId, parallel: 2, variables: { note: 'weaker' }, mapping: { land: 'COUNTRY' } };
    const started = await send('POST', `/datasets/${id}/run`, asked);
    expect([started.statusCode, started.json()]).toMatchObject([202, { status: 'running', total_rows: 3 }]);
    const place = String(started.headers['location']).replace('/api/v1', '');
    const rows = async () => (await send('GET', place)).json().rows as { execution_id: string; status: string }[];
    expect((await rows()).map(({ status }) => status)).toEqual(['running', 'running', 'waiting']);
    const [first, second] = await rows();
    expect(await variables(second?.execution_id ?? '')).toEqual({ COUNTRY: 'US', email: 'bob, jr', note: '' });
    await moveOn();
    expect((await rows())[2]).toMatchObject({ status: 'waiting', execution_id: null });
    await end(first?.execution_id ?? '', 'passed');
    await moveOn();
    expect((await rows()).map(({ status }) => status)).toEqual(['completed', 'running', 'running']);
    const [, , third] = await rows();
    await end(second?.execution_id ?? '', 'failed');
    await end(third?.execution_id ?? '', 'passed');
    await moveOn();
    expect((await send('GET', place)).json()).toMatchObject({
      status: 'failed',
      passed_rows: 2,
      failed_rows: 1,
      skipped_rows: 0,
      ended_at: expect.any(String),
    });
    expect((await send('GET', `/datasets/${id}/runs`)).json()).toMatchObject({
      total: 1,
      runs: [{ status: 'failed' }],
    });
    const run = (await send('GET', `/executions/${first?.execution_id}`)).json();
    expect(run).toMatchObject({ trigger_type: 'dataset' });
  });

  test('stop at the first failure where they are asked to', async () => {
    const id = await make('stopping');
    const asked = { flow_id: flowId, parallel: 1, stop_on_failure: true, mapping: { land: 'COUNTRY' } };
    const started = await send('POST', `/datasets/${id}/run`, asked);
    const place = String(started.headers['location']).replace('/api/v1', '');
    const [first] = (await send('GET', place)).json().rows;
    await end(first.execution_id, 'failed');
    await moveOn();
    await moveOn();
    expect((await send('GET', place)).json()).toMatchObject({ status: 'failed', failed_rows: 1, skipped_rows: 2 });
  });

  test.each([
    [{ mapping: { nowhere: 'A' } }, 'no column nowhere'],
    [{ rows: { from: 4 } }, 'has 3 rows'],
    [{ flow_id: '0190a000-0000-7000-8000-000000000009' }, 'has no flow'],
  ])('a run with %j is refused', async (over, why) => {
    const id = await make(`refused ${why}`);
    const response = await send('POST', `/datasets/${id}/run`, { flow_id: flowId, ...over });
    expect([response.statusCode, response.json().detail]).toEqual([422, expect.stringContaining(why)]);
  });

  test('run the rows once more that did not pass, over the version of then', async () => {
    const id = await make('again');
    const asked = { flow_id: flowId, parallel: 1, stop_on_failure: true, mapping: { land: 'COUNTRY' } };
    const started = await send('POST', `/datasets/${id}/run`, asked);
    const place = String(started.headers['location']).replace('/api/v1', '');
    const rerun = (body: object) => send('POST', `${place}/rerun`, body);
    const rowsOf = async (url: string) =>
      (await send('GET', url.replace('/api/v1', ''))).json().rows as { row: number; execution_id: string }[];
    expect((await rerun({})).statusCode).toBe(409);
    await end((await rowsOf(place))[0]?.execution_id ?? '', 'passed');
    await moveOn();
    await end((await rowsOf(place))[1]?.execution_id ?? '', 'failed');
    await moveOn();
    await moveOn();
    await send('PUT', `/datasets/${id}`, { name: 'again', rows: [{ n: 1 }] }, '*');
    const again = await rerun({ only: 'failed' });
    expect([again.statusCode, again.json()]).toMatchObject([
      202,
      { status: 'running', dataset_version: 1, total_rows: 2 },
    ]);
    const rows = await rowsOf(String(again.headers['location']));
    expect(rows.map(({ row }) => row)).toEqual([2, 3]);
    expect(await variables(rows[0]?.execution_id ?? '')).toEqual({ COUNTRY: 'US', email: 'bob, jr', note: '' });
    expect((await rerun({ only: 'all' })).json()).toMatchObject({ total_rows: 3 });
  });

  test('are cancelled: what waits never runs, what runs is cancelled', async () => {
    const id = await make('cancelled');
    const started = await send('POST', `/datasets/${id}/run`, {
      flow_id: flowId,
      parallel: 1,
      mapping: { land: 'COUNTRY' },
    });
    const place = String(started.headers['location']).replace('/api/v1', '');
    expect((await send('POST', `${place}/cancel`)).statusCode).toBe(202);
    await takeEnds(world.storage, (await send('GET', place)).json().rows[0].execution_id);
    await moveOn();
    const ended = (await send('GET', place)).json();
    expect(ended).toMatchObject({ status: 'cancelled', cancelled_rows: 3, failed_rows: 0, passed_rows: 0 });
    expect(ended.rows).toMatchObject([{}, { execution_id: null }, { execution_id: null }]);
    expect((await send('POST', `${place}/cancel`)).json()).toMatchObject({ status: 409 });
    expect((await send('POST', `${place}/rerun`)).json()).toMatchObject({ total_rows: 3 });
  });

  test('a row whose run is cancelled after a crash between its request and its note is cancelled, too', async () => {
    const id = await make('crashed');
    const asked = { flow_id: flowId, parallel: 1, mapping: { land: 'COUNTRY' } };
    const started = await send('POST', `/datasets/${id}/run`, asked);
    const place = String(started.headers['location']).replace('/api/v1', '');
    const [first] = (await send('GET', place)).json().rows;
    const unnoted = 'update testmesh.dataset_run_rows set asked = false where dataset_run_id = $1';
    await world.storage.pool.query(unnoted, [place.split('/').at(-1)]);
    expect((await send('POST', `${place}/cancel`)).statusCode).toBe(202);
    const types = [];
    for await (const { type } of world.storage.journal.read(`run-${first.execution_id}`)) types.push(type);
    expect(types).toContain('RunCompleted');
  });
});
