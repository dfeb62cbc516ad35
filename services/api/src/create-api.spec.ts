import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_WORKSPACE } from './ports.ts';
import { startApi, type TestApi } from './testing/api.fixture.ts';

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await startApi();
  key = api.access.addKey(DEFAULT_WORKSPACE);
});
afterAll(() => api.app.close());

const HELLO = 'flow:\n  name: hello\n  steps:\n    - action: log\n      config: { message: hello }\n';

test('an API put together by Nest answers, and says whether its database does', async () => {
  const response = await api.ask({ url: '/health' });
  expect(response.statusCode).toBe(200);
  expect(response.json()).toEqual({
    status: 'ok',
    database: 'connected',
    service: 'testmesh-api',
    version: '0.0.0-test',
  });
});

test('a flow that comes as text is queued as a run, and the run is found again', async () => {
  const headers = { authorization: `Bearer ${key}` };
  const created = await api.ask({ method: 'POST', url: '/api/v1/executions', headers, payload: { definition: HELLO } });
  expect(created.json()).toMatchObject({ status: 'pending', state: 'queued', flow_name: 'hello' });
  expect(created.statusCode).toBe(201);
  const { id } = created.json();
  expect(created.headers['location']).toBe(`/api/v1/executions/${id}`);
  expect(api.queue.rows().map(({ runId }) => runId)).toContain(id);
  const found = await api.ask({ url: `/api/v1/workspaces/${DEFAULT_WORKSPACE}/executions/${id}`, headers });
  expect(found.json()).toMatchObject({ id, state: 'queued' });
  expect(api.failures).toEqual([]);
});
