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
    expect(world.api.failures).toEqual([]);
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
