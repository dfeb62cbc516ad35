import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';

jest.setTimeout(60_000);

/** As it is printed in the product's description. */
const PRINTED = {
  name: 'PR-123 Review Environment',
  context: 'pr-123',
  provider: 'argocd',
  provider_app_name: 'testmesh-pr-123',
  namespace: 'review-pr-123',
  ttl_minutes: 60,
  services: [
    {
      ...{ name: 'user-service', image: 'myrepo/user-service:pr-123' },
      ...{ repo: 'github.com/org/user-service', source_ref: 'pr-123' },
    },
    {
      ...{ name: 'product-service', image: 'myrepo/product-service:pr-123' },
      ...{ repo: 'github.com/org/product-service', source_ref: 'pr-123' },
    },
  ],
};

describeWith('postgres', 'the routes of test environments', (address) => {
  let world: TestConfiguration;
  let path: string;
  let headers: Record<string, string>;
  let strangers: Record<string, string>;
  beforeAll(async () => {
    world = await startConfiguration(address);
    const workspace = await world.workspace('one');
    path = `/api/v1/workspaces/${workspace}/test-environments`;
    headers = await world.headersOf(workspace);
    strangers = await world.headersOf(await world.workspace('two'));
  });
  afterAll(() => world.close());

  const ask = (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object, as = headers) =>
    world.api.ask({
      method,
      url,
      headers: { ...as, ...(payload && { 'content-type': 'application/json' }) },
      ...(payload && { payload }),
    });
  const made = async (over: object = {}) => {
    const answer = await ask('POST', path, { ...PRINTED, ...over });
    expect(answer.statusCode).toBe(201);
    return answer.json();
  };
  const names = (number: number) => ({ namespace: `review-${number}`, provider_app_name: `testmesh-${number}` });

  test('take the printed body, and show it cold with what was left out filled in', async () => {
    const environment = await made();
    expect(environment).toMatchObject({
      ...PRINTED,
      state: 'cold',
      cluster: 'default',
      error: null,
      routing_policy: {},
      addresses: {},
    });
    const shown = await ask('GET', `${path}/${environment.id}`);
    expect(shown.json()).toEqual(environment);
    const { environments, total } = (await ask('GET', path)).json();
    expect([total, environments]).toEqual([1, [environment]]);
  });

  test('refuse names of the system, and names that another environment has', async () => {
    const refused = await ask('POST', path, { ...PRINTED, namespace: 'kube-system' });
    expect([refused.statusCode, refused.json().detail]).toEqual([422, expect.stringContaining('kube-system')]);
    const taken = await ask('POST', '/api/v1/test-environments', PRINTED, strangers);
    expect([taken.statusCode, taken.json().detail]).toEqual([409, expect.stringContaining('belongs to another')]);
    expect((await ask('POST', path, { ...PRINTED, ttl_minutes: 0 })).statusCode).toBe(400);
    expect((await ask('POST', path, { ...PRINTED, routing_policy: { a: 'file:///etc/passwd' } })).statusCode).toBe(400);
  });

  test('show and destroy nothing of another workspace', async () => {
    const { id } = await made(names(2));
    expect((await ask('GET', `/api/v1/test-environments/${id}`, undefined, strangers)).statusCode).toBe(404);
    expect((await ask('DELETE', `/api/v1/test-environments/${id}`, undefined, strangers)).statusCode).toBe(404);
    expect((await ask('GET', '/api/v1/test-environments', undefined, strangers)).json().total).toBe(0);
    expect((await ask('GET', `${path}/${id}`)).json()).toMatchObject({ destroying: false });
  });

  test('show where services are reached: what its policy says, else what its provider found', async () => {
    const { id } = await made({ ...names(9), routing_policy: { users: 'http://users.staging' } });
    const { testEnvironments } = world.storage;
    await testEnvironments.request(id, { type: 'StartProvisioning' });
    const found = (name: string) => ({ kind: 'Service', name, uid: name, url: `http://${name}.review-9` });
    await testEnvironments.request(id, { type: 'BindResources', resources: ['orders', 'users'].map(found) });
    expect((await ask('GET', `${path}/${id}`)).json()).toMatchObject({
      routing_policy: { users: 'http://users.staging' },
      addresses: { orders: 'http://orders.review-9', users: 'http://users.staging' },
    });
  });

  test('answer a destroy at once, the second time too, and show it until it is gone', async () => {
    const { id } = await made(names(3));
    for (let time = 0; time < 2; time++) expect((await ask('DELETE', `${path}/${id}`)).statusCode).toBe(202);
    expect((await ask('GET', `${path}/${id}`)).json()).toMatchObject({ state: 'cold', destroying: true });
    await world.storage.testEnvironments.request(id, { type: 'CompleteDestroy' });
    expect((await ask('GET', `${path}/${id}`)).json()).toMatchObject({ state: 'destroyed', destroying: false });
    const ids = async (query: string) =>
      (await ask('GET', `${path}${query}`)).json().environments.map((one: { id: string }) => one.id);
    expect(await ids('')).not.toContain(id);
    expect(await ids('?include_destroyed=true')).toContain(id);
  });

  test('destroy one in use after its run, or at once by force', async () => {
    const { id } = await made(names(4));
    const { testEnvironments } = world.storage;
    await testEnvironments.request(id, { type: 'StartProvisioning' });
    await testEnvironments.request(id, { type: 'ReportHealthy' });
    await testEnvironments.request(id, { type: 'AcquireTestEnvironment', run: 'r1' });
    expect((await ask('DELETE', `${path}/${id}`)).json()).toEqual({
      message: 'it is destroyed when its run has ended',
    });
    expect((await ask('GET', `${path}/${id}`)).json()).toMatchObject({
      state: 'running',
      run_id: 'r1',
      destroying: true,
    });
    expect((await ask('DELETE', `${path}/${id}?force=true`)).json()).toEqual({ message: 'it is being destroyed' });
    expect((await ask('GET', `${path}/${id}`)).json()).toMatchObject({ state: 'cooling', run_id: null });
  });

  test('tell everything that happened, and by whom, as a list and as it goes on', async () => {
    const { id } = await made(names(5));
    const { testEnvironments } = world.storage;
    await testEnvironments.request(id, { type: 'StartProvisioning' });
    const { events } = (await ask('GET', `${path}/${id}/events`)).json();
    expect(events).toMatchObject([
      {
        seq: 1,
        type: 'TestEnvironmentRegistered',
        text: expect.stringContaining('asked for "PR-123 Review Environment"'),
      },
      { seq: 2, type: 'ProvisioningStarted', text: 'provisioning began' },
    ]);
    expect(events[0].data.by).toBe(events[0].text.split(' asked')[0]);
    expect((await ask('GET', `/api/v1/test-environments/${id}/events`, undefined, strangers)).statusCode).toBe(404);

    const following = ask('GET', `${path}/${id}/stream?after=1`);
    await testEnvironments.request(id, { type: 'ReportHealthy' });
    await testEnvironments.request(id, { type: 'RequestDestroy', by: 'ada', reason: 'done', force: false });
    await testEnvironments.request(id, { type: 'CompleteDestroy' });
    const told = await following;
    expect(told.headers['content-type']).toContain('text/event-stream');
    expect([...told.body.matchAll(/^event: (\w+)$/gm)].map(([, type]) => type)).toEqual([
      ...['ProvisioningStarted', 'TestEnvironmentWarmed', 'DestroyRequested', 'TestEnvironmentDestroyed'],
    ]);
    expect(told.body).toContain('"text":"ada asked for its end: done"');
  });

  test('tell what happened to one that is long gone', async () => {
    const { id } = await made(names(8));
    await ask('DELETE', `${path}/${id}`);
    const { testEnvironments } = world.storage;
    await testEnvironments.request(id, { type: 'CompleteDestroy' });
    await testEnvironments.forget(-60_000, 1000);
    expect((await ask('GET', `${path}/${id}`)).statusCode).toBe(404);
    const { events } = (await ask('GET', `${path}/${id}/events`)).json();
    expect(events.map(({ type }: { type: string }) => type)).toEqual([
      ...['TestEnvironmentRegistered', 'DestroyRequested', 'TestEnvironmentDestroyed'],
    ]);
    expect((await ask('GET', `${path}/${id}/events`, undefined, strangers)).statusCode).toBe(404);
  });

  test('are told of in the audit of their workspace, and only there', async () => {
    const { id } = await made(names(7));
    await ask('DELETE', `${path}/${id}`);
    const audit = async (as = headers) =>
      (await ask('GET', '/api/v1/audit?limit=1000', undefined, as)).json().events as {
        readonly data: { readonly id: string };
      }[];
    const about = { id, name: PRINTED.name, context: 'pr-123', namespace: 'review-7' };
    expect((await audit()).filter(({ data }) => data.id === id)).toMatchObject([
      { type: 'TestEnvironmentRegistered', actor: expect.stringMatching(/^key:/), data: about },
      { type: 'DestroyRequested', actor: expect.stringMatching(/^key:/), data: { ...about, forced: false } },
    ]);
    expect((await audit(strangers)).filter(({ data }) => data.id === id)).toEqual([]);
  });

  test('are the same over GraphQL', async () => {
    const { id } = await made(names(6));
    const query = `query ($id: ID!) { testEnvironment(id: $id) { id state routing { headers } services { name } } }`;
    const answer = await ask('POST', '/api/v1/graphql', { query, variables: { id } });
    expect(answer.json()).toMatchObject({ data: { testEnvironment: { id, state: 'cold', routing: { headers: {} } } } });
  });

  test('are asked for by suites and schedules, whose words lie over those of the flow', async () => {
    const yaml = `flow:\n  name: Review\n  test_environment: { context: pr-7, ttl_minutes: 30 }\n  steps:\n    - { action: http_request, config: { url: "\${service.orders}/health" }, assert: [status == 200] }\n`;
    const { id: flow_id } = (await ask('POST', '/api/v1/flows', { yaml })).json();
    const suite = await ask('POST', '/api/v1/suites', {
      name: 'review',
      flows: [{ flow_id }],
      test_environment: 'pr-8',
    });
    expect(suite.json()).toMatchObject({ test_environment: { context: 'pr-8' } });
    const started = await ask('POST', `/api/v1/suites/${suite.json().id}/run`, {
      test_environment: { on_busy: 'fail' },
    });
    expect(started.statusCode).toBe(202);
    const [execution] = started.json().executions;
    const askedBy = async (run: string) =>
      JSON.parse((await world.storage.runSecrets.of(run)).get('inputs') ?? '{}').testEnvironment;
    expect(await askedBy(execution.execution_id)).toEqual({ context: 'pr-8', on_busy: 'fail' });

    const schedule = { name: 'hourly', flow_id, cron: '@hourly', test_environment: { context: 'nightly' } };
    const kept = await ask('POST', '/api/v1/schedules', schedule);
    expect(kept.json()).toMatchObject({ test_environment: { context: 'nightly' } });
    const fired = await ask('POST', `/api/v1/schedules/${kept.json().id}/trigger`);
    expect(await askedBy(fired.json().execution_id)).toEqual({ context: 'nightly' });
    const overSuite = {
      name: 'suite',
      suite_id: suite.json().id,
      cron: '@hourly',
      test_environment: { ttl_minutes: 5 },
    };
    const ofSuite = await ask(
      'POST',
      `/api/v1/schedules/${(await ask('POST', '/api/v1/schedules', overSuite)).json().id}/trigger`,
    );
    const ran = await ask('GET', `/api/v1/suites/${suite.json().id}/runs/${ofSuite.json().suite_run_id}`);
    expect(await askedBy(ran.json().executions[0].execution_id)).toEqual({ context: 'pr-8', ttl_minutes: 5 });
    const paused = await ask('POST', `/api/v1/schedules/${kept.json().id}/pause`, {});
    expect(paused.json()).toMatchObject({ status: 'paused', test_environment: { context: 'nightly' } });
    const wrong = await ask('POST', '/api/v1/executions', { flow_id, test_environment: { on_bussy: 'fail' } });
    expect([wrong.statusCode, wrong.json().errors[0].pointer]).toEqual([
      400,
      expect.stringContaining('test_environment'),
    ]);
  });
});
