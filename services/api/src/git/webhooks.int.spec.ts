import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';
import { PING } from '../testing/flows.ts';

const SECRET = 'a-secret-of-this-repository';
const SHA = '5'.repeat(40);

describeWith('postgres', 'what hosts of repositories tell of', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let headers: Record<string, string>;
  let flow: string;
  let suite: string;
  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('one');
    headers = await world.headersOf(workspace);
    flow = (await post('/flows', { yaml: PING })).json().id;
    suite = (await post('/suites', { name: 's', flows: [{ flow_id: flow }] })).json().id;
    const environment = { name: 'live', variables: [], protected: true };
    expect((await post('/environments', environment)).statusCode).toBe(201);
  }, 30_000);
  afterAll(async () => {
    // Those that tests provoke.
    expect(world.api.failures).toHaveLength(2);
    await world.close();
  });

  const post = (path: string, payload: object, more: Record<string, string> = headers) =>
    world.api.ask({ method: 'POST', url: `/api/v1${path}`, headers: more, payload });
  const get = async (path: string, more = headers) =>
    (await world.api.ask({ url: `/api/v1${path}`, headers: more })).json();
  const rule = async (more: object) => {
    const made = await post('/git-trigger-rules', {
      name: 'r',
      provider: 'github',
      repository: 'Acme/Shop',
      secret: SECRET,
      ...more,
    });
    expect(made.statusCode).toBe(201);
    return made.json();
  };
  const push = (repository: string, more: object = {}): string =>
    JSON.stringify({ ref: 'refs/heads/main', after: SHA, repository: { full_name: repository }, ...more });
  const signed = (payload: string, secret = SECRET) =>
    `sha256=${createHmac('sha256', secret).update(payload).digest('hex')}`;
  const github = (payload: string, more: Record<string, string> = {}) =>
    world.api.ask({
      method: 'POST',
      url: '/api/v1/webhooks/github',
      payload,
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-github-delivery': 'd-1',
        'x-hub-signature-256': signed(payload),
        ...more,
      },
    });

  test('a push runs the suite once, in its environment and with its commit, however often it comes', async () => {
    const made = await rule({
      name: 'main',
      suite_id: suite,
      environment: 'live',
      confirm_environment: 'live',
      branch_filter: ['main', 'release/*'],
    });
    expect(made).toMatchObject({ repository: 'acme/shop', webhook_path: '/api/v1/webhooks/github' });
    expect(made).not.toHaveProperty('secret');
    const payload = push('acme/shop');
    const first = await github(payload);
    expect(first.statusCode).toBe(200);
    expect(first.json()).toMatchObject({
      commit_sha: SHA,
      branch: 'main',
      matched_rules: 1,
      triggered_runs: 1,
      errors: [],
    });
    const [runId] = first.json().triggered_run_ids;
    const run = await get(`/suites/${suite}/runs/${runId}`);
    expect(run).toMatchObject({ trigger_type: 'webhook', trigger_ref: SHA, environment: 'live' });
    const again = await github(payload, { 'x-github-delivery': 'd-2' });
    expect(again.json().triggered_run_ids).toEqual([runId]);
    expect((await get(`/suites/${suite}/runs`)).total).toBe(1);
    const { deliveries } = await get(`/git-trigger-rules/${made.id}/deliveries`);
    expect(deliveries).toMatchObject([
      { delivery: 'd-1', event: 'push', branch: 'main', sha: SHA, status: 'started', run_id: runId },
    ]);
    const other = await github(push('acme/shop', { ref: 'refs/heads/fix' }));
    expect(other.json()).toMatchObject({
      matched_rules: 0,
      triggered_runs: 0,
      message: 'no rule is for this branch and this event',
    });
  });

  test('a merge request runs a flow, which knows its commit', async () => {
    await rule({
      name: 'merge',
      provider: 'gitlab',
      repository: 'acme/group/shop',
      flow_id: flow,
      branch_filter: 'main',
      event_types: ['pull_request'],
      variables: { A: 1 },
    });
    const payload = {
      project: { path_with_namespace: 'Acme/group/shop' },
      object_attributes: { action: 'open', source_branch: 'fix', target_branch: 'main', last_commit: { id: SHA } },
    };
    const answer = await post('/webhooks/gitlab', payload, {
      'x-gitlab-event': 'Merge Request Hook',
      'x-gitlab-token': SECRET,
    });
    expect(answer.json()).toMatchObject({ branch: 'fix', triggered_runs: 1 });
    const [runId] = answer.json().triggered_run_ids;
    expect(await get(`/executions/${runId}`)).toMatchObject({
      trigger_type: 'webhook',
      trigger_ref: SHA,
      flow_id: flow,
    });
    const { events } = await get(`/executions/${runId}/events`);
    expect(events[0].data.variables).toEqual({
      A: 1,
      GIT_SHA: SHA,
      GIT_BRANCH: 'fix',
      GIT_REPOSITORY: 'acme/group/shop',
    });
  });

  test('who does not know the secret is told nothing, whether there is a rule or not', async () => {
    await rule({ name: 'closed', repository: 'acme/closed', suite_id: suite });
    const payload = push('acme/closed');
    const runs = (await get(`/suites/${suite}/runs`)).total;
    const refused = [
      await github(payload, { 'x-hub-signature-256': '' }),
      await github(payload, { 'x-hub-signature-256': signed(payload, 'another-secret-of-ours') }),
      await github(payload, { 'x-hub-signature-256': signed(`${payload} `) }),
      await github(push('acme/nothing')),
    ];
    expect(refused.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 401]);
    expect(new Set(refused.map((answer) => answer.json().detail)).size).toBe(1);
    expect((await get(`/suites/${suite}/runs`)).total).toBe(runs);
  });

  test('a rule that is switched off, or of an event that nothing runs for, starts nothing', async () => {
    const made = await rule({ name: 'off', repository: 'acme/off', suite_id: suite, event_types: ['pull_request'] });
    expect((await github(push('acme/off'))).json()).toMatchObject({ matched_rules: 0 });
    expect((await github(push('acme/off'), { 'x-github-event': 'ping' })).json()).toMatchObject({
      message: 'nothing runs for this event',
    });
    const body = { name: 'off', provider: 'github', repository: 'acme/off', suite_id: suite, enabled: false };
    const changed = await world.api.ask({
      method: 'PUT',
      url: `/api/v1/git-trigger-rules/${made.id}`,
      headers: { ...headers, 'if-match': '"1"' },
      payload: body,
    });
    expect(changed.json()).toMatchObject({ version: 2, enabled: false });
    expect((await github(push('acme/off'))).statusCode).toBe(401);
    const gone = await world.api.ask({
      method: 'DELETE',
      url: `/api/v1/git-trigger-rules/${made.id}`,
      headers: { ...headers, 'if-match': '*' },
    });
    expect(gone.statusCode).toBe(204);
    const { events } = await get('/audit?limit=1000');
    const own = events.filter(({ data }: { data: { id?: string } }) => data.id === made.id);
    expect(own.map(({ type }: { type: string }) => type)).toEqual([
      'GitTriggerRuleCreated',
      'GitTriggerRuleUpdated',
      'GitTriggerRuleDeleted',
    ]);
    expect(JSON.stringify(events)).not.toContain(SECRET);
  });

  test('a rule is refused for what it may not run, and is nobody else’s', async () => {
    const send = (more: object, by = headers) =>
      post('/git-trigger-rules', { name: 'x', provider: 'github', repository: 'acme/x', suite_id: suite, ...more }, by);
    expect((await send({ environment: 'live' })).json()).toMatchObject({
      errors: [{ pointer: '/confirm_environment' }],
    });
    expect((await send({ environment: 'gone' })).statusCode).toBe(422);
    expect((await send({ suite_id: flow })).statusCode).toBe(422);
    expect((await send({ flow_id: flow })).statusCode).toBe(400);
    expect((await send({ secret: 'short' })).statusCode).toBe(400);
    expect((await send({ variables: { GIT_SHA: 'x' } })).statusCode).toBe(400);
    expect((await send({}, await world.headersOf(workspace, ['integrations:manage']))).statusCode).toBe(403);
    const made = await send({});
    expect(made.json().secret).toMatch(/^[0-9a-f]{64}$/);
    const strangers = await world.headersOf(await world.workspace('two'));
    const { id } = made.json();
    expect((await world.api.ask({ url: `/api/v1/git-trigger-rules/${id}`, headers: strangers })).statusCode).toBe(404);
    expect(
      (await world.api.ask({ url: `/api/v1/git-trigger-rules/${id}/deliveries`, headers: strangers })).statusCode,
    ).toBe(404);
    expect(await world.storage.reseal()).toBe(0);
  });

  const remove = (path: string) =>
    world.api.ask({ method: 'DELETE', url: `/api/v1${path}`, headers: { ...headers, 'if-match': '*' } });
  const newFlow = async (name: string): Promise<string> =>
    (await post('/flows', { yaml: PING.replace(/name: .*/, `name: ${name}`) })).json().id;

  test('a flow or a suite that a rule runs is not deleted, and the refusal names the rule', async () => {
    const own = await newFlow('kept by a rule');
    const parts = [{ flow_id: flow }];
    const ownSuite = (await post('/suites', { name: 'kept by a rule', flows: parts })).json().id;
    const first = await rule({ name: 'runs the flow', repository: 'acme/kept', flow_id: own, enabled: false });
    const second = await rule({ name: 'runs the suite', repository: 'acme/kept', suite_id: ownSuite });
    for (const [path, name] of [
      [`/flows/${own}`, 'runs the flow'],
      [`/suites/${ownSuite}`, 'runs the suite'],
    ] as const) {
      const refused = await remove(path);
      expect(refused.statusCode).toBe(409);
      expect(refused.json().detail).toContain(name);
      expect((await get(path)).id).toBeDefined();
    }
    for (const { id } of [first, second]) await remove(`/git-trigger-rules/${id}`);
    expect((await remove(`/flows/${own}`)).statusCode).toBe(204);
    expect((await remove(`/suites/${ownSuite}`)).statusCode).toBe(204);
  });

  test('a rule whose flow is gone says so in its delivery, and the other rules run', async () => {
    const gone = await newFlow('gone all the same');
    const broken = await rule({ name: 'broken', repository: 'acme/broken', flow_id: gone });
    const whole = await rule({ name: 'whole', repository: 'acme/broken', flow_id: flow });
    // As an earlier version left it.
    await world.storage.pool.query('update testmesh.flows set deleted_at = now() where id = $1', [gone]);
    const answer = (await github(push('acme/broken'))).json();
    const why = `broken: there is no flow ${gone} in this workspace`;
    expect(answer).toMatchObject({ matched_rules: 2, triggered_runs: 1, errors: [why] });
    const deliveriesOf = async ({ id }: { id: string }) =>
      (await get(`/git-trigger-rules/${id}/deliveries`)).deliveries;
    expect(await deliveriesOf(broken)).toMatchObject([{ status: 'failed', run_id: null, error: why }]);
    expect(await deliveriesOf(whole)).toMatchObject([{ status: 'started', error: null }]);
  });

  test('a rule that cannot be carried out now holds up no other, and goes on when the host sends it again', async () => {
    const files = async (hash: string) =>
      world.storage.pool.query('update testmesh.flows set files = $2 where id = $1', [
        torn,
        JSON.stringify({ 'a.json': hash }),
      ]);
    const torn = await newFlow('torn');
    const first = await rule({ name: 'torn', repository: 'acme/torn', flow_id: torn });
    const other = await rule({ name: 'after it', repository: 'acme/torn', flow_id: flow });
    const deliveries = async () =>
      (await Promise.all([first, other].map(({ id }) => get(`/git-trigger-rules/${id}/deliveries`)))).flatMap(
        (came) => came.deliveries,
      );
    await files('0'.repeat(64));
    expect((await github(push('acme/torn'))).statusCode).toBe(500);
    expect(world.api.failures.map(({ message }) => message)).toEqual([
      expect.stringContaining('is not in the blob store'),
    ]);
    const before = await deliveries();
    expect(before).toMatchObject([{ status: 'received', run_id: null }, { status: 'started' }]);
    await files(await world.storage.blobs.put(Buffer.from('{}')));
    expect((await github(push('acme/torn'))).json()).toMatchObject({ matched_rules: 2, triggered_runs: 2 });
    expect(await deliveries()).toMatchObject([{ status: 'started' }, { run_id: before[1].run_id }]);
  });

  test('a rule that cannot be read holds up no other, and is told of', async () => {
    const [spoilt, whole] = [
      await rule({ name: 'spoilt', repository: 'acme/sealed', flow_id: flow }),
      await rule({ name: 'unspoilt', repository: 'acme/sealed', flow_id: flow }),
    ];
    const sql = `update testmesh.git_trigger_rules set sealed = 'v1.gone.AAAA' where id = $1`;
    await world.storage.pool.query(sql, [spoilt.id]);
    expect((await github(push('acme/sealed'))).statusCode).toBe(500);
    expect(world.api.failures.at(-1)?.message).toContain(`the rule ${spoilt.id} of a repository cannot be read`);
    expect((await get(`/git-trigger-rules/${whole.id}/deliveries`)).deliveries).toMatchObject([{ status: 'started' }]);
    // Who shows that they know no secret learns nothing of it.
    const stranger = { 'x-hub-signature-256': signed(push('acme/sealed'), 'another') };
    expect((await github(push('acme/sealed'), stranger)).statusCode).toBe(401);
  });

  test('an environment that a rule runs in stays', async () => {
    const { environments } = await get('/environments');
    const { id } = environments.find(({ name }: { name: string }) => name === 'live');
    const gone = await world.api.ask({
      method: 'DELETE',
      url: `/api/v1/environments/${id}`,
      headers: { ...headers, 'if-match': '*' },
    });
    expect(gone.statusCode).toBe(409);
    expect(gone.json().detail).toContain('main');
  });
});
