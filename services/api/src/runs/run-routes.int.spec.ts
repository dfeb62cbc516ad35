import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEFAULT_WORKSPACE } from '../ports.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import { failed, PING, requested, started, stepFailed, stepStarted, written } from '../testing/flows.ts';

let api: TestApi;
let key: string;
let headers: { readonly 'x-api-key': string };
beforeAll(async () => {
  api = await startApi();
  key = api.access.addKey(DEFAULT_WORKSPACE);
  headers = { 'x-api-key': key };
});
afterAll(async () => {
  expect(api.failures).toEqual([]);
  await api.app.close();
});

test('a run that nobody will take says so where it is asked for and where it is looked at', async () => {
  const unserved = await startApi({ servedPools: { isServed: async (pool) => pool !== 'nobody' } });
  const own = unserved.access.addKey(DEFAULT_WORKSPACE);
  const headers = { 'x-api-key': own };
  const asked = async (pool: string) =>
    (
      await unserved.app.inject({
        method: 'POST',
        url: '/api/v1/executions',
        headers,
        payload: { definition: PING, pool },
      })
    ).json();
  expect((await asked('default')).waiting_for).toBeNull();
  const { id, waiting_for: why } = await asked('nobody');
  expect(why).toBe(
    'nobody takes runs of the pool nobody: start an executor with TESTMESH_POOLS=nobody, or a site agent with this pool',
  );
  const look = async () => (await unserved.app.inject({ url: `/api/v1/executions/${id}`, headers })).json();
  expect((await look()).waiting_for).toBe(why);
  await unserved.queue.claim({ executor: 'e1', pools: ['nobody'], slots: 1, leaseMs: 10_000 });
  expect(await look()).toMatchObject({ state: 'running', waiting_for: null });
  await unserved.app.close();
});

describe('a list of runs', () => {
  test('is paged by cursor, and a cursor belongs to its filter', async () => {
    const other = await startApi();
    const own = other.access.addKey(DEFAULT_WORKSPACE);
    const made: string[] = [];
    for (let at = 0; at < 5; at++) made.push(await requested(other, own));
    const page = (query: string) => other.ask({ url: `/api/v1/executions?${query}`, headers: { 'x-api-key': own } });
    const first = (await page('limit=2')).json();
    expect(first).toMatchObject({ total: 5, limit: 2, offset: 0 });
    const second = (await page(`limit=2&cursor=${first.next_cursor}`)).json();
    const third = (await page(`limit=2&cursor=${second.next_cursor}`)).json();
    expect(third.next_cursor).toBeNull();
    const seen = [first, second, third].flatMap(({ executions }) => executions.map(({ id }: { id: string }) => id));
    expect(seen.sort()).toEqual(made.sort());
    expect((await page(`status=failed&cursor=${first.next_cursor}`)).json()).toMatchObject({ code: 'invalid-request' });
    expect((await page('offset=4')).json().executions).toHaveLength(1);
    expect((await page('limit=0')).statusCode).toBe(400);
    expect((await page('colour=red')).json().error).toContain('`colour` in the query is not known here');
    await other.app.close();
  });

  test('can be filtered by the older status words and by verdict', async () => {
    const id = await requested(api, key);
    await api.deps.queue.cancel(id, 'somebody');
    const ids = async (query: string) =>
      (await api.ask({ url: `/api/v1/executions?limit=200&${query}`, headers }))
        .json()
        .executions.map((row: { id: string }) => row.id);
    expect(await ids('status=cancelled')).toContain(id);
    expect(await ids('verdict=cancelled')).toContain(id);
    expect(await ids('status=finished')).toContain(id);
    expect(await ids('status=pending')).not.toContain(id);
    expect(await ids('status=failed&verdict=cancelled')).toEqual([]);
  });
});

describe('a run', () => {
  test('that waits is cancelled at once, one that runs is told, one that ended is a conflict', async () => {
    const id = await requested(api, key);
    const cancel = () => api.ask({ method: 'POST', url: `/api/v1/executions/${id}/cancel`, headers });
    const first = await cancel();
    expect(first.statusCode).toBe(200);
    expect(first.json()).toMatchObject({ status: 'cancelled', state: 'finished', verdict: 'cancelled' });
    expect((await cancel()).statusCode).toBe(409);
    const running = await requested(api, key, { definition: PING, pool: 'cancelling' });
    await api.deps.queue.claim({ executor: 'e1', pools: ['cancelling'], slots: 1, leaseMs: 10_000 });
    const told = await api.ask({ method: 'POST', url: `/api/v1/executions/${running}/cancel`, headers, payload: {} });
    expect(told.statusCode).toBe(202);
    expect(told.json()).toMatchObject({ status: 'running', executor: 'e1' });
  });

  test('that is not parked cannot be released', async () => {
    const id = await requested(api, key);
    const response = await api.ask({ method: 'POST', url: `/api/v1/executions/${id}/unpark`, headers });
    expect(response.statusCode).toBe(409);
    expect(response.json().error).toContain('is not parked');
  });

  test('is told as steps, lines, events, a report and as it was at any event', async () => {
    const id = await requested(api, key);
    written(api, id, started, stepStarted, stepFailed, failed);
    const get = async (path: string) => (await api.ask({ url: `/api/v1/executions/${id}${path}`, headers })).json();
    expect(await get('')).toMatchObject({
      status: 'failed',
      verdict: 'failed',
      total_steps: 1,
      failed_steps: 1,
      error: 'ping: status == 200 does not hold',
    });
    expect(await get('/steps')).toMatchObject({
      steps: [
        {
          id: 'ping',
          status: 'failed',
          state: 'failed',
          output: { status: 500 },
          line: 5,
          started_at: '2030-03-17T17:46:40.002Z',
        },
      ],
    });
    expect(await get('/steps/ping')).toMatchObject({ step_id: 'ping', captured: { code: 500 } });
    expect(await get('/steps/pong')).toMatchObject({ status: 404 });
    expect((await get('/logs')).logs.at(-1)).toBe('2030-03-17T17:46:40.004Z failed: ping: status == 200 does not hold');
    const page = await get('/events?limit=2');
    expect(page).toMatchObject({
      events: [
        { seq: 1, type: 'RunRequested' },
        { seq: 2, type: 'RunStarted' },
      ],
      next: 2,
    });
    expect(await get('/events?after=2')).toMatchObject({ events: [{ seq: 3 }, { seq: 4 }, { seq: 5 }], next: null });
    expect(await get('/state?at=3')).toMatchObject({
      at: 3,
      execution: { verdict: null },
      report: { steps: [{ status: 'running' }] },
    });
    expect(await get('/report')).toMatchObject({ verdict: 'failed', steps: [{ status: 'failed' }] });
    expect(await get('/audit')).toEqual({ outcome: 'missing', events: 5 });
  });

  test('that is projected is told from its stored view, which an audit compares with its history', async () => {
    const report = { runId: 'r', name: 'as stored', status: 'finished' };
    const bytes = new TextEncoder().encode(JSON.stringify(report));
    const projected = await startApi({
      runs: {
        ...api.deps.runs,
        stored: async () => ({ bytes }),
        storedJson: async () => Buffer.from(bytes),
      },
    });
    const own = projected.access.addKey(DEFAULT_WORKSPACE);
    const id = await requested(projected, own);
    written(projected, id, started, stepStarted, stepFailed, failed);
    const get = async (path: string) =>
      (await projected.ask({ url: `/api/v1/executions/${id}${path}`, headers: { 'x-api-key': own } })).json();
    expect(await get('/report')).toEqual(report);
    expect(await get('/audit')).toMatchObject({ outcome: 'different', events: 5 });
    await projected.app.close();
  });

  test('is run again with its files and variables, but its secrets have to be given anew', async () => {
    const definition = PING.replace('tags:', 'secrets: [PASSWORD]\n  tags:').replace('9/', '9/${SHOP}/${PASSWORD}');
    const variables = { SHOP: 'berlin', PASSWORD: 's3cr3t-value' };
    const id = await requested(api, key, { definition, variables, pool: 'gpu' });
    const again = (payload: object | undefined) =>
      api.ask({ method: 'POST', url: `/api/v1/executions/${id}/rerun`, headers, ...(payload && { payload }) });
    const refused = await again(undefined);
    expect(refused.statusCode).toBe(422);
    expect(refused.json()).toMatchObject({ errors: [{ pointer: '/variables/PASSWORD' }] });
    const second = await again({ variables: { PASSWORD: 'n3w-value' } });
    expect(second.json()).toMatchObject({ trigger_type: 'rerun', trigger_ref: id, pool: 'gpu', flow_name: 'ping' });
    const stream = api.journal.eventsOf(`run-${second.json().id}`);
    expect(stream[0]?.data).toMatchObject({ variables: { SHOP: 'berlin', PASSWORD: { $secret: 'PASSWORD' } } });
    expect(stream[0]?.data['bundle']).toBe(api.journal.eventsOf(`run-${id}`)[0]?.data['bundle']);
  });

  test('is compared with another one step by step', async () => {
    const [here, there] = [await requested(api, key), await requested(api, key)];
    written(api, here, started, stepStarted, stepFailed, failed);
    written(api, there, started, stepStarted, { ...stepFailed, captured: { code: 503 } } as typeof stepFailed, failed);
    const response = await api.ask({ url: `/api/v1/executions/${here}/diff?with=${there}`, headers });
    expect(response.json().steps).toEqual([
      {
        path: 'ping',
        kind: 'different',
        changes: [{ what: 'captured.code', here: 500, there: 503 }],
        here_ms: 12,
        there_ms: 12,
      },
    ]);
  });

  test('that does not exist is a problem, and so is an id that is none', async () => {
    const absent = await api.ask({ url: '/api/v1/executions/22222222-2222-4222-8222-222222222222', headers });
    expect(absent.statusCode).toBe(404);
    const strange = await api.ask({ url: '/api/v1/executions/latest', headers });
    expect(strange.statusCode).toBe(400);
    expect(strange.json().error).toBe('`id` in the path: must be a UUID');
  });
});
