import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunEvent } from '@testmesh/domain';
import { DEFAULT_WORKSPACE } from '../ports.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import { failed, PING, started, stepFailed, stepStarted, written } from '../testing/flows.ts';

let api: TestApi;
let headers: { readonly 'x-api-key': string };
beforeAll(async () => {
  api = await startApi();
  headers = { 'x-api-key': api.access.addKey(DEFAULT_WORKSPACE) };
});
afterAll(async () => {
  expect(api.failures).toEqual([]);
  await api.app.close();
});

const send = (payload: object, more: Record<string, string> = {}) =>
  api.ask({ method: 'POST', url: '/api/v1/executions/run-definition', headers: { ...headers, ...more }, payload });

/** The run that a request under way has asked for. */
const nextRun = async (before: ReadonlySet<string>): Promise<string> => {
  for (let tries = 0; tries < 400; tries++) {
    const fresh = api.queue.rows().find(({ runId }) => !before.has(runId));
    if (fresh !== undefined) return fresh.runId;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('no run was asked for');
};
const known = () => new Set(api.queue.rows().map(({ runId }) => runId));

const stepPassed: RunEvent = {
  ...(stepFailed as Extract<RunEvent, { readonly type: 'StepCompleted' }>),
  status: 'passed',
  output: { status: 200 },
};
const passed: RunEvent = {
  type: 'RunCompleted',
  verdict: 'passed',
  teardown: { status: 'none' },
  outputs: {},
  durationMs: 15,
};

test('waits for the run, and answers 200 with its steps when it passed', async () => {
  const before = known();
  const answer = send({ definition: PING, variables: { who: 'ada' } });
  const runId = await nextRun(before);
  written(api, runId, started, stepStarted, stepPassed, passed);
  const response = await answer;
  expect(response.statusCode).toBe(200);
  expect(response.headers['location']).toBe(`/api/v1/executions/${runId}`);
  expect(response.json()).toMatchObject({
    execution_id: runId,
    status: 'passed',
    verdict: 'passed',
    total_steps: 1,
    passed: 1,
    failed: 0,
    error: null,
    steps: [{ step_id: 'ping', action: 'http_request', phase: 'main', status: 'completed', output: { status: 200 } }],
  });
});

test('answers 422 with the run and the step that failed', async () => {
  const before = known();
  const answer = send({ definition: PING });
  const runId = await nextRun(before);
  written(api, runId, started, stepStarted, stepFailed, failed);
  const response = await answer;
  expect(response.statusCode).toBe(422);
  expect(response.headers['content-type']).toContain('application/problem+json');
  expect(response.json()).toMatchObject({
    code: 'run-failed',
    detail: 'ping: status == 200 does not hold',
    errors: [{ pointer: '/run/steps/0', message: 'ping: status == 200 does not hold' }],
    run: {
      execution_id: runId,
      status: 'failed',
      verdict: 'failed',
      failed: 1,
      steps: [{ status: 'failed', error: 'status == 200 does not hold' }],
    },
  });
});

test('a run that takes longer is answered 202, and the same key waits for it again', async () => {
  const key = { 'idempotency-key': 'slow' };
  const request = { definition: PING, wait: 1 };
  const first = await send(request, key);
  expect(first.statusCode).toBe(202);
  const { execution_id: runId } = first.json();
  expect(first.json()).toMatchObject({ status: 'running', verdict: null });
  const again = send(request, key);
  written(api, runId, started, stepStarted, stepFailed, failed);
  expect((await again).json()).toMatchObject({ code: 'run-failed', run: { execution_id: runId } });
});

test('who may only run stored flows may not send one, and an invalid one is refused before it is run', async () => {
  const viewer = api.access.addKey(DEFAULT_WORKSPACE, { permissions: ['flows:run', 'runs:view'] });
  const before = known().size;
  expect((await send({ definition: PING }, { 'x-api-key': viewer })).statusCode).toBe(403);
  const invalid = await send({ definition: 'flow:\n  name: x\n  stepz: []\n' });
  expect(invalid.statusCode).toBe(422);
  expect(invalid.json()).toMatchObject({ code: 'flow-invalid' });
  expect((await send({ flow_id: '11111111-1111-4111-8111-111111111111' })).statusCode).toBe(400);
  expect(known().size).toBe(before);
});
