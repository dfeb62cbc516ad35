import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ARGOCD_HEALTHY, ARGOCD_TOKEN, type FakeArgoCd, fakeArgoCd } from '@testmesh/testing';
import { describeWith } from '../tools/testing/real.ts';
import { testmesh } from './support/cli.ts';
import { type Body, environmentApi, PRINTED, until } from './support/environment-api.ts';
import { hoursLater, newDatabase } from './support/environment-database.ts';
import {
  dataFolder,
  freePort,
  type RunningExecutor,
  type RunningPlatform,
  startExecutor,
  startPlatform,
  startTarget,
  type Target,
} from './support/platform.ts';
import { startAgent } from './support/site-agent.ts';

// Runs that ask for test environments, black box: `testmesh up` and executors of their own beside a played Argo CD.

// Long enough for a machine that is busy with other tests: a lease that runs out by itself is another story.
const LEASE_MS = 12_000;
const NAME = 'testmesh-pr-1';

describeWith('postgres', 'runs that ask for a test environment', (postgres) => {
  let data: Awaited<ReturnType<typeof dataFolder>>;
  let folder: string;
  let platform: RunningPlatform;
  let inside: Target;
  let beside: Target;
  let argo: FakeArgoCd;
  let env: Record<string, string>;
  const executors: RunningExecutor[] = [];

  beforeAll(async () => {
    data = await dataFolder();
    folder = await mkdtemp(join(tmpdir(), 'testmesh-testenv-'));
    [inside, beside, argo] = await Promise.all([startTarget(), startTarget(), fakeArgoCd()]);
    env = {
      DATABASE_URL: await newDatabase(postgres),
      TESTMESH_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('hex')}`,
    };
    platform = await startPlatform(data.path, await freePort(), {
      ...env,
      ...{ ARGOCD_SERVER: argo.server, ARGOCD_TOKEN, ARGOCD_PROJECT: 'default' },
      ...{ TESTMESH_NAMESPACES: 'review-*', TESTMESH_APPLICATIONS: 'testmesh-*' },
    });
  }, 120_000);

  afterAll(async () => {
    for (const executor of executors) executor.signal('SIGKILL');
    await Promise.all(executors.map(({ ended }) => ended));
    await platform?.stop();
    await argo?.close();
    for (const target of [inside, beside]) await target?.[Symbol.asyncDispose]();
    await data?.[Symbol.asyncDispose]();
    if (folder) await rm(folder, { recursive: true, force: true });
  }, 60_000);

  beforeEach(async () => {
    await cleared();
    inside.seen.length = 0;
    beside.seen.length = 0;
    argo.make(NAME, 'review-pr-1', ARGOCD_HEALTHY);
  });

  const { api, environments, environment, ended } = environmentApi(() => platform.url);
  const cleared = async (): Promise<void> => {
    for (const { id } of await environments()) await api(`/test-environments/${id}?force=true`, 'DELETE');
    argo.applications.clear();
    await until(environments, (all) => all.length === 0);
  };
  const start = async (pool: string): Promise<RunningExecutor> => {
    const started = await startExecutor({
      ...env,
      ...{ TESTMESH_POOLS: pool, TESTMESH_SLOTS: '2', TESTMESH_LEASE_MS: String(LEASE_MS) },
    });
    executors.push(started);
    return started;
  };
  /** A flow that needs the environment pr-1 and has one made where there is none. */
  const flow = (path: string, more = ''): string => `flow:
  name: Orders in review
  test_environment:
    context: pr-1
    provider_app_name: ${NAME}
    namespace: review-pr-1
    services: [{ name: orders }]
    routing_policy: { orders: "${inside.url}", users: "${beside.url}" }
${more}  steps:
    - { id: orders, action: http_request, config: { method: POST, url: "\${service.orders}${path}" }, assert: [status == 200] }
    - { id: users, action: http_request, config: { method: GET, url: "\${service.users}/users" }, assert: [status == 200] }
`;
  const request = async (definition: string, over: object = {}): Promise<unknown> =>
    (await api('/executions', 'POST', { definition, ...over }))['id'];

  test('has one made, reaches its services, and the next reuses it at once; reports say which service was where', async () => {
    argo.applications.clear();
    const file = join(folder, 'orders.yaml');
    await writeFile(file, flow('/one'));
    const running = testmesh(['run', file, '--api', platform.url, '--progress', 'lines'], { cwd: folder });
    await until(environment, ({ state }) => state === 'provisioning');
    argo.make(NAME, 'review-pr-1', ARGOCD_HEALTHY);
    const first = await running;
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/test environment pr-1 in the namespace review-pr-1, ready after/);
    expect(first.stdout).toContain(`orders  ${inside.url}  in the namespace`);
    expect(first.stdout).toContain(`users   ${beside.url}  beside it`);
    expect(inside.seen.map(({ line }) => line)).toEqual(['POST /one']);
    expect(beside.seen.map(({ line }) => line)).toEqual(['GET /users']);

    const second = await testmesh(['run', file, '--api', platform.url, '--reporter', 'json'], { cwd: folder });
    const [told] = (JSON.parse(second.stdout) as { flows: readonly { testEnvironment: Body; runId: string }[] }).flows;
    expect(told?.testEnvironment).toMatchObject({
      ...{ context: 'pr-1', namespace: 'review-pr-1', reused: true },
      services: [
        { name: 'orders', url: inside.url, where: 'namespace' },
        { name: 'users', url: beside.url, where: 'base' },
      ],
    });
    expect(await api(`/executions/${told?.runId}/test-environment`)).toMatchObject({ reused: true, waits_for: null });
    expect(await until(environment, ({ state }) => state !== 'running')).toMatchObject({ run_id: null });
  }, 120_000);

  test('the printed payload goes through the printed routes and states', async () => {
    argo.make('testmesh-pr-123', 'review-pr-123', {});
    const path = '/workspaces/00000000-0000-0000-0000-000000000001/test-environments';
    const made = await api(path, 'POST', PRINTED);
    expect(made).toMatchObject({ ...PRINTED, state: 'cold' });
    const { id } = made;
    const again = () => api(`${path}/${id}`);
    await until(again, ({ state }) => state === 'provisioning');
    Object.assign(argo.applications.get('testmesh-pr-123') ?? {}, { status: ARGOCD_HEALTHY });
    await until(again, ({ state }) => state === 'warm');
    expect(((await api(path))['environments'] as readonly Body[]).map((one) => one['id'])).toEqual([id]);
    const run = await request(
      `flow:\n  name: In it\n  test_environment: pr-123\n  steps:\n    - { action: http_request, config: { url: "${inside.url}/slow/1500" }, assert: [status == 200] }\n`,
    );
    expect(await until(again, ({ state }) => state === 'running')).toMatchObject({ run_id: run });
    await until(again, ({ state }) => state === 'cooling' || state === 'warm');
    expect(await api(`${path}/${id}`, 'DELETE')).toEqual({ message: expect.any(String) });
    expect(await until(again, ({ state }) => state === 'destroyed')).toMatchObject({
      destroyed_at: expect.any(String),
    });
    expect(argo.applications.has('testmesh-pr-123')).toBe(false);
  }, 120_000);

  test('two runs of one context never hold the environment at once', async () => {
    const ids = await Promise.all([1, 2, 3].map(() => request(flow('/slow/300'))));
    for (const id of ids) expect(await ended(id)).toMatchObject({ verdict: 'passed' });
    const { id } = await environment();
    const { events } = (await api(`/test-environments/${id}/events`)) as { events: readonly { type: string }[] };
    const holding = events.map(({ type }) => type).filter((type) => /Acquired|Released/.test(type));
    expect(holding).toEqual(
      Array.from({ length: 3 }, () => ['TestEnvironmentAcquired', 'TestEnvironmentReleased']).flat(),
    );
  }, 120_000);

  test('a run on a site agent gets it as any other does, and gives it back', async () => {
    const { id: agentId, token } = await api('/agents', 'POST', { name: 'site', pools: ['site'] });
    const agent = await startAgent({
      ...{ TESTMESH_SERVER: platform.url, TESTMESH_AGENT_TOKEN: String(token), TESTMESH_POOLS: 'site' },
    });
    executors.push(agent);
    const before = inside.seen.length;
    const [first, second] = [
      await request(flow('/site'), { pool: 'site' }),
      await request(flow('/site'), { pool: 'site' }),
    ];
    for (const id of [first, second]) {
      expect(await ended(id)).toMatchObject({ verdict: 'passed', executor: expect.stringMatching(/^agent:site\//) });
      expect(await api(`/executions/${id}/test-environment`)).toMatchObject({ context: 'pr-1', waits_for: null });
    }
    expect(inside.seen.slice(before).map(({ line }) => line)).toEqual(['POST /site', 'POST /site']);
    await until(environment, ({ state }) => state !== 'running');
    const processes = [expect.objectContaining({ slots: 8, requests_failed: 0, memory_bytes: expect.any(Number) })];
    expect(await api(`/agents/${agentId}`)).toMatchObject({ processes });
    agent.signal('SIGTERM');
    expect(await agent.ended).toBe(0);
  }, 120_000);

  test('a run that finds it busy and must not wait says who has it', async () => {
    const slow = await request(flow('/slow/2000'));
    await until(environment, ({ state }) => state === 'running');
    const other = await request(flow('/other'), { test_environment: { on_busy: 'fail' } });
    expect(await ended(other)).toMatchObject({
      verdict: 'error',
      error_code: 'TM5093',
      error: expect.stringContaining(`${slow}`),
    });
    await ended(slow);
  }, 120_000);

  test('a run that finds it busy and wants another one has a second beside it, and both are kept for the next ones', async () => {
    const one = (letter: string) =>
      flow('/slow/1500')
        .replace('    context: pr-1', '    context: pr-1\n    on_busy: new')
        .replaceAll(/(testmesh|review)-pr-1/g, `$1-pr-1-${letter}`);
    for (const letter of ['a', 'b']) argo.make(`${NAME}-${letter}`, `review-pr-1-${letter}`, ARGOCD_HEALTHY);
    const first = await request(one('a'));
    await until(environment, ({ state }) => state === 'running');
    const second = await request(one('b'));
    const both = await until(environments, (all) => all.filter(({ state }) => state === 'running').length === 2);
    expect(both.map(({ context, namespace, run_id }) => [context, namespace, run_id])).toEqual([
      ['pr-1', 'review-pr-1-b', second],
      ['pr-1', 'review-pr-1-a', first],
    ]);
    for (const id of [first, second]) expect(await ended(id)).toMatchObject({ verdict: 'passed' });
    const third = await request(one('c'));
    expect(await ended(third)).toMatchObject({ verdict: 'passed' });
    expect(await api(`/executions/${third}/test-environment`)).toMatchObject({ reused: true });
    expect(await environments()).toHaveLength(2);
  }, 120_000);

  test('one whose time is over is made anew for the run that asks for it, also where that names its context alone', async () => {
    expect(await ended(await request(flow('/old')))).toMatchObject({ verdict: 'passed' });
    const old = await until(environment, ({ state }) => state === 'warm');
    await hoursLater(env['DATABASE_URL'], String(old['id']));
    const byContext = flow('/new').replace(/test_environment:[\s\S]*(?= {2}steps:)/, 'test_environment: pr-1\n');
    const run = await request(byContext);
    await until(
      async () => argo.applications.has(NAME),
      (isThere) => !isThere,
    );
    argo.make(NAME, 'review-pr-1', ARGOCD_HEALTHY);
    expect(await ended(run)).toMatchObject({ verdict: 'passed' });
    const fresh = await environment();
    expect(fresh).toMatchObject({ context: 'pr-1', namespace: 'review-pr-1', ttl_minutes: 120 });
    expect(fresh['id']).not.toBe(old['id']);
    expect(await api(`/test-environments/${old['id']}`)).toMatchObject({
      ...{ state: 'destroyed', destroy_reason: 'it was not used for 120 minutes' },
    });
  }, 120_000);

  test('one that is destroyed by force under a run ends the run with why', async () => {
    const run = await request(flow('/slow/60000'));
    const { id } = await until(environment, ({ state }) => state === 'running');
    await until(
      async () => inside.seen.length,
      (count) => count > 0,
    );
    await api(`/test-environments/${id}?force=true`, 'DELETE');
    const outcome = await ended(run);
    expect(outcome).toMatchObject({ verdict: 'error', error_code: 'TM5095' });
    expect(outcome['error']).toContain('destroyed it while the run was using it');
    expect(argo.applications.has(NAME)).toBe(false);
  }, 120_000);

  test('a run that cannot have one says why, sends nothing, and the command ends with 6', async () => {
    argo.make(NAME, 'review-pr-1', { health: { status: 'Degraded', message: 'no such image' } });
    const file = join(folder, 'broken.yaml');
    await writeFile(file, flow('/never'));
    const { code, stdout } = await testmesh(['run', file, '--api', platform.url, '--progress', 'none'], {
      cwd: folder,
    });
    expect(code).toBe(6);
    expect(stdout).toContain('the test environment pr-1 could not be provisioned');
    expect(stdout).toContain('no such image');
    expect(inside.seen).toEqual([]);
  }, 120_000);

  test('without a server there is none: the command says so, sends nothing and ends with 6', async () => {
    const file = join(folder, 'local.yaml');
    await writeFile(file, flow('/never'));
    const { code, stdout } = await testmesh(['run', file, '--progress', 'none'], { cwd: folder });
    expect(code).toBe(6);
    expect(stdout).toContain('test environments are kept by a server');
    expect(inside.seen).toEqual([]);
    expect((await testmesh(['run', file, '--test-env', 'pr-1'], { cwd: folder })).code).toBe(2);
  }, 60_000);

  test('an executor that is killed while it holds one: the lease ends, and the run goes on elsewhere in it or ends', async () => {
    const victim = await start('fleet');
    const run = await request(flow('/slow/60000'), { pool: 'fleet' });
    await until(
      async () => ({ requests: inside.seen.length, run: await api(`/executions/${run}`), said: victim.said() }),
      ({ requests }) => requests > 0,
    );
    victim.signal('SIGKILL');
    await victim.ended;
    // Nobody of its pool is left: the lease ends, and the environment is there for others.
    const { id } = await until(environment, ({ state }) => state === 'cooling' || state === 'warm');
    const next = await request(flow('/next'));
    expect(await ended(next)).toMatchObject({ verdict: 'passed' });
    await start('fleet');
    const outcome = await ended(run);
    expect(outcome).toMatchObject({ verdict: 'error' });
    expect(outcome['error']).toContain('the test environment that the run used was given to another run');
    const { events } = (await api(`/test-environments/${id}/events`)) as { events: readonly { text: string }[] };
    expect(events.map(({ text }) => text)).toContain(
      `the run ${run} uses it no more: the run was not heard of in time`,
    );
  }, 180_000);

  test('a run whose executor is killed goes on elsewhere in the environment as it was left', async () => {
    const pause = '    - { id: pause, action: delay, config: { duration: 4s } }\n    - { id: users';
    const run = await request(flow('/before').replace('    - { id: users', pause), { pool: 'heirs' });
    const victim = await start('heirs');
    const steps = async () => (await api(`/executions/${run}/steps`))['steps'] as readonly Body[];
    // What was done is on record: killed in the middle of a request, nobody could know.
    await until(steps, ([orders]) => orders?.['state'] === 'passed');
    victim.signal('SIGKILL');
    await victim.ended;
    await start('heirs');
    expect(await ended(run)).toMatchObject({ verdict: 'passed', error: null });
    expect([inside.seen.length, beside.seen.length]).toEqual([1, 1]);
    const { events } = (await api(`/executions/${run}/events?limit=200`)) as { events: readonly { type: string }[] };
    expect(events.filter(({ type }) => type === 'RunClaimed').length).toBeGreaterThan(1);
  }, 180_000);

  test('testenv makes, lists, waits for, tells of and destroys one', async () => {
    const cli = (...args: string[]) => testmesh(['testenv', ...args, '--api', platform.url], { cwd: folder });
    const made = await cli('create', '--context', 'pr-1', '--namespace', 'review-pr-1', '--app', NAME, '--wait');
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/) });
    expect((await cli('list')).stdout).toMatch(/pr-1 +warm +review-pr-1 +argocd +120 min/);
    expect((await cli('wait', 'pr-1')).code).toBe(0);
    expect((await cli('wait', 'pr-9')).code).toBe(5);
    expect((await cli('destroy', 'pr-1', '--wait')).stdout).toContain('test environment pr-1 is destroyed');
    expect((await cli('logs', made.stdout.trim())).stdout).toMatch(
      /local asked for "pr-1".*\n.*provisioning began\n.*found in the cluster: Application testmesh-pr-1.*\n.*it is ready\n.*asked for its end.*\n.*it is destroyed\n$/,
    );
    argo.make(NAME, 'review-pr-1', { health: { status: 'Degraded', message: 'no such image' } });
    const failed = await cli('create', '--context', 'pr-1', '--namespace', 'review-pr-1', '--app', NAME, '--wait');
    expect(failed).toMatchObject({ code: 6, stderr: expect.stringContaining('no such image') });
    expect((await cli('create', '--context', 'pr-1')).code).toBe(2);
  }, 120_000);
});
