import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runInputs } from '@testmesh/contracts';
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

const post = (payload: unknown, more: Record<string, string> = {}) =>
  api.ask({ method: 'POST', url: '/api/v1/executions', headers: { ...headers, ...more }, payload: payload as object });

describe('asking for a run', () => {
  test('a flow that comes as text is queued, and found under both paths', async () => {
    const created = await post({ definition: PING, tags: ['nightly'], priority: 5 });
    expect(created.statusCode).toBe(201);
    const { id } = created.json();
    expect(created.json()).toMatchObject({
      status: 'pending',
      state: 'queued',
      verdict: null,
      flow_name: 'ping',
      tags: ['smoke', 'nightly'],
      trigger_type: 'api',
      requested_by: 'key:k1',
      warnings: [],
    });
    expect(created.headers['location']).toBe(`/api/v1/executions/${id}`);
    expect(api.queue.rows().map(({ runId }) => runId)).toContain(id);
    const scoped = await api.ask({ url: `/api/v1/workspaces/${DEFAULT_WORKSPACE}/executions/${id}`, headers });
    expect(scoped.json()).toMatchObject({ id, state: 'queued' });
  });

  test('a flow may be an object, and a flow kept on the server is known by its id', async () => {
    const flow = {
      name: 'object',
      steps: [{ action: 'http_request', config: { url: 'http://a' }, assert: ['status == 200'] }],
    };
    expect((await post({ definition: { flow } })).json()).toMatchObject({ flow_name: 'object', flow_id: null });
    const id = '11111111-1111-4111-8111-111111111111';
    api.flows.set(`${DEFAULT_WORKSPACE}/${id}`, { id, name: 'ping', file: 'flows/ping.yaml', text: PING });
    const stored = await post({ flow_id: id });
    expect(stored.json()).toMatchObject({ flow_id: id, flow_file: 'flows/ping.yaml' });
    const listed = await api.ask({ url: `/api/v1/executions?flow_id=${id}`, headers });
    expect(listed.json()).toMatchObject({ total: 1, executions: [{ flow_id: id }] });
  });

  test('a flow with mistakes is refused with all of them, each with its place', async () => {
    const response = await post({
      definition: 'flow:\n  name: bad\n  stepz: []\n  steps:\n    - action: htp_request\n',
    });
    expect(response.statusCode).toBe(422);
    const body = response.json();
    expect(body.code).toBe('flow-invalid');
    expect(body.errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'TM1101', file: 'definition.yaml', line: 3, column: 3 }),
        expect.objectContaining({ code: 'TM1201', line: 5 }),
      ]),
    );
    expect(body.error).toContain('definition.yaml:3:3');
  });

  test.each([
    [{}, 'exactly one of flow_id, definition and bundle'],
    [{ definition: PING, flow_id: '11111111-1111-4111-8111-111111111111' }, 'exactly one of'],
    [{ definition: PING, colour: 'red' }, '`colour` in the body is not known here'],
    [{ definition: PING, priority: 'high' }, '`priority` in the body'],
    [{ bundle: { entry: '../x.yaml', files: {} } }, '`bundle.entry` in the body'],
    [{ definition: PING, pool: 'GPU !' }, 'a pool has small letters'],
  ])('a body that is not understood is refused by its place: %j', async (payload, text) => {
    const response = await post(payload);
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toContain(text);
  });

  test('an environment that does not exist is refused, one that does is kept with the run', async () => {
    expect((await post({ definition: PING, environment: 'staging' })).json()).toMatchObject({
      status: 422,
      error: 'there is no environment staging in this workspace',
    });
    const text = 'variables:\n  - { key: TOKEN, value: stg-token-abc, is_secret: true }\n';
    api.environments.set(`${DEFAULT_WORKSPACE}/staging`, { name: 'staging', file: 'environments/staging.yaml', text });
    const id = await requested(api, key, {
      definition: PING,
      environment: 'staging',
      variables: { note: 'use stg-token-abc' },
    });
    expect(api.journal.eventsOf(`run-${id}`)[0]?.data).toMatchObject({
      environment: 'staging',
      variables: { note: 'use ***' },
    });
    const kept = runInputs.parse(JSON.parse((await api.deps.secrets.of(id)).get('inputs') ?? ''));
    expect(kept.environment).toEqual({ name: 'staging', file: 'environments/staging.yaml', text });
  });

  test('no value of a marked variable is in the event, and only mentioned OS variables are kept', async () => {
    const definition = PING.replace('tags:', 'secrets: [PASSWORD]\n  tags:').replace(
      '127.0.0.1:9/',
      '127.0.0.1:9/${HOST_NAME}/${PASSWORD}',
    );
    const id = await requested(api, key, {
      definition,
      variables: { PASSWORD: 's3cr3t-value', url: 'postgres://u:s3cr3t-value@db/x' },
      os_variables: { HOST_NAME: 'a', HOME: '/root' },
      env_file_variables: { retries: '3' },
    });
    const [event] = api.journal.eventsOf(`run-${id}`);
    expect(JSON.stringify(event)).not.toContain('s3cr3t');
    expect(event?.data['variables']).toMatchObject({ PASSWORD: { $secret: 'PASSWORD' }, retries: 3 });
    const kept = runInputs.parse(JSON.parse((await api.deps.secrets.of(id)).get('inputs') ?? ''));
    expect(kept).toMatchObject({ osVariables: { HOST_NAME: 'a' }, variables: { PASSWORD: 's3cr3t-value' }, seed: id });
  });

  test('the files of a bundle are stored by content, its env file only as values', async () => {
    const flow = PING.replace('tags:', 'env_file: .env\n  tags:').replace('127.0.0.1:9/', '127.0.0.1:9/${WHO}');
    const files = { 'flows/ping.yaml': flow, 'flows/.env': 'WHO=dave\n', 'logo.png': { base64: 'iVBORw==' } };
    const id = await requested(api, key, { bundle: { entry: 'flows/ping.yaml', files } });
    const hash = String(api.journal.eventsOf(`run-${id}`)[0]?.data['bundle']);
    const manifest = JSON.parse(Buffer.from((await api.deps.blobs.get(hash)) ?? []).toString());
    expect(manifest.entry).toBe('flows/ping.yaml');
    expect(Object.keys(manifest.files)).toEqual(['flows/ping.yaml', 'logo.png']);
    expect(Buffer.from((await api.deps.blobs.get(manifest.files['logo.png'])) ?? [])).toEqual(
      Buffer.from([0x89, 0x50, 0x4e, 0x47]),
    );
    const kept = runInputs.parse(JSON.parse((await api.deps.secrets.of(id)).get('inputs') ?? ''));
    expect(kept.flowEnvFileVariables).toEqual({ WHO: 'dave' });
  });

  test('the same key and body are one run, the same key with another body is refused', async () => {
    const once = { 'idempotency-key': 'build-17' };
    const first = await post({ definition: PING }, once);
    const again = await post({ definition: PING }, once);
    expect(again.json().id).toBe(first.json().id);
    expect(api.queue.rows().filter(({ runId }) => runId === first.json().id)).toHaveLength(1);
    const other = await post({ definition: PING, priority: 1 }, once);
    expect(other.statusCode).toBe(422);
    expect(other.json()).toMatchObject({ code: 'key-reused' });
  });

  test('a repeated request does not bring back the secrets of a run that has ended', async () => {
    const once = { 'idempotency-key': 'build-18' };
    const { id } = (await post({ definition: PING }, once)).json();
    await api.deps.queue.cancel(id, 'somebody');
    await api.deps.secrets.forget(id);
    const again = await post({ definition: PING }, once);
    expect(again.json()).toMatchObject({ id, state: 'finished', verdict: 'cancelled' });
    expect((await api.deps.secrets.of(id)).size).toBe(0);
  });

  test('a body that is no JSON, too large or of another type is refused before anything is looked at', async () => {
    const send = (payload: string, type: string) =>
      api.ask({ method: 'POST', url: '/api/v1/executions', headers: { ...headers, 'content-type': type }, payload });
    expect((await send('{"definition": ', 'application/json')).statusCode).toBe(400);
    expect((await send('definition=x', 'application/x-www-form-urlencoded')).statusCode).toBe(415);
    expect((await send('{"definition": "x"}', 'text/plain')).statusCode).toBe(415);
    const large = JSON.stringify({ definition: 'x'.repeat(10 * 1024 * 1024) });
    expect((await send(large, 'application/json')).statusCode).toBe(413);
    expect((await send('{"__proto__": {"x": 1}}', 'application/json')).statusCode).toBe(400);
  });
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
