import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runInputs } from '@testmesh/contracts';
import { DEFAULT_WORKSPACE } from '../ports.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import { PING, requested } from '../testing/flows.ts';

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

  test('a value that does not fit its input is refused with the place of both', async () => {
    const definition = PING.replace('tags:', 'inputs: { retries: { type: number }, who: { type: string } }\n  tags:');
    const response = await post({ definition, variables: { retries: 'three', who: 'dave' } });
    expect(response.statusCode).toBe(422);
    expect(response.json()).toMatchObject({
      code: 'flow-invalid',
      errors: [
        {
          code: 'TM5021',
          pointer: '/variables/retries',
          message: 'the input retries of ping must be a number, and it is a string',
          file: 'definition.yaml',
          line: 3,
        },
      ],
    });
    const fromFile = await post({ definition, env_file_variables: { retries: '3', who: '7' } });
    expect(fromFile.json().errors[0]).toMatchObject({ code: 'TM5021', pointer: '/env_file_variables/who' });
    expect((await post({ definition, variables: { retries: 3, who: 'dave' } })).statusCode).toBe(201);
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

  test('a bundle has 2,000 files at most, and is stored in one go', async () => {
    const bundle = (count: number) => ({
      entry: 'f.yaml',
      files: { 'f.yaml': PING, ...Object.fromEntries(Array.from({ length: count }, (_, at) => [`d/${at}`, `${at}`])) },
    });
    const refused = await post({ bundle: bundle(2000) });
    expect(refused.statusCode).toBe(400);
    expect(refused.json().error).toContain('`bundle.files` in the body: has 2000 files at most');
    expect((await post({ bundle: bundle(1999) })).statusCode).toBe(201);
  });

  test('what was answered as too late is not queued, and asked for again with the same key it is', async () => {
    const { promise: stored, resolve: store } = Promise.withResolvers<void>();
    const blobs = {
      ...api.deps.blobs,
      putAll: async (bodies: readonly Uint8Array[]) => {
        await stored;
        return api.deps.blobs.putAll(bodies);
      },
    };
    const slow = await startApi({ blobs, answerMs: 300 });
    const own = slow.access.addKey(DEFAULT_WORKSPACE);
    const asked = {
      method: 'POST' as const,
      url: '/api/v1/executions',
      headers: { 'x-api-key': own, 'idempotency-key': 'k' },
    };
    expect((await slow.ask({ ...asked, payload: { definition: PING } })).statusCode).toBe(503);
    store();
    // Whatever was begun comes to its end.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(slow.queue.rows()).toEqual([]);
    expect((await slow.ask({ ...asked, payload: { definition: PING } })).statusCode).toBe(201);
    expect(slow.queue.rows()).toHaveLength(1);
    await slow.app.close();
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

  test('a protected environment has to be named twice', async () => {
    const text = '{"variables": {}}';
    api.environments.set(`${DEFAULT_WORKSPACE}/live`, {
      name: 'live',
      file: 'environments/live.yaml',
      text,
      isProtected: true,
    });
    const request = { definition: PING, environment: 'live' };
    const refused = await post(request);
    expect(refused.statusCode).toBe(422);
    expect(refused.json()).toMatchObject({
      detail: 'the environment live is protected: confirm the run with its name',
      errors: [{ pointer: '/confirm_environment', message: 'send "live"' }],
    });
    expect((await post({ ...request, confirm_environment: 'Live' })).statusCode).toBe(422);
    expect((await post({ ...request, confirm_environment: 'live' })).statusCode).toBe(201);
  });

  test('a repeated request does not bring back the secrets of a run that has ended', async () => {
    const once = { 'idempotency-key': 'build-18' };
    const { id } = (await post({ definition: PING }, once)).json();
    await api.deps.queue.cancel(id, 'somebody');
    expect((await api.deps.secrets.of(id)).size).toBe(0);
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
