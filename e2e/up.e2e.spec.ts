import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { projectFolder, testmesh } from './support/cli.ts';
import {
  dataFolder,
  freePort,
  type RunningPlatform,
  startPlatform,
  startTarget,
  type Target,
} from './support/platform.ts';

// The platform as one process, as a team starts it; killed and started again in front of the tests.

let data: Awaited<ReturnType<typeof dataFolder>>;
let port: number;
let platform: RunningPlatform;
let target: Target;

beforeAll(async () => {
  data = await dataFolder();
  port = await freePort();
  target = await startTarget();
  platform = await startPlatform(data.path, port);
}, 90_000);

afterAll(async () => {
  await platform?.stop();
  await target?.[Symbol.asyncDispose]();
  await data?.[Symbol.asyncDispose]();
}, 60_000);

const api = async (method: string, path: string, body?: unknown): Promise<{ status: number; body: never }> => {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as never };
};

const step = (id: string, path: string, method = 'GET'): string =>
  `    - { id: ${id}, action: http_request, config: { method: ${method}, url: "${target.url}${path}" }, assert: [status == 200] }\n`;

/** The environment of the guide, as printed, with its services where the test has them. */
const printedEnvironment = () => ({
  name: 'staging',
  color: '#F59E0B',
  variables: [{ key: 'AUTH_TOKEN', value: 'stg-token-abc', is_secret: true, enabled: true }],
  routing: { services: { 'user-api': target.url, redis: 'redis://elasticache-staging.abc.cache.amazonaws.com:6379' } },
});

test('a new installation shows its first key once, and refuses a second start on the same data', async () => {
  expect(platform.said()).toMatch(
    /the first API key, shown this once:\n {2}export TESTMESH_API_KEY=tm_live_[0-9a-f]{48}\n/,
  );
  const second = await testmesh(['up', '--data', data.path, '--port', String(await freePort())]);
  expect(second.code).toBe(2);
  expect(second.stderr).toMatch(/is in use by process \d+: stop that one first, or name another folder/);
});

test('the guide’s environment and its CI line work as printed, and the secret is shown nowhere', async () => {
  const made = await api('POST', '/environments', printedEnvironment());
  expect(made.status).toBe(201);
  expect(JSON.stringify(made.body)).not.toContain('stg-token-abc');
  await using project = await projectFolder({
    'flows/e2e-order-flow.yaml': `flow:
  name: order
  steps:
    - id: list
      action: http_request
      config:
        method: GET
        url: "\${service.user-api}/users"
        headers: { Authorization: "Bearer \${AUTH_TOKEN}" }
      assert: [status == 200, body.path == "/users"]
`,
  });
  const args = ['run', 'flows/e2e-order-flow.yaml', '--env', 'staging', '--api', platform.url];
  const { code, stdout, stderr } = await testmesh(args, { cwd: project.path });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/✓ list .* → 200 in /);
  expect(target.seen.at(-1)).toEqual({ line: 'GET /users', authorization: 'Bearer stg-token-abc' });
  const events = await api('GET', `/executions/${/run ([0-9a-f-]{36})/.exec(stdout)?.[1]}/events`);
  expect(events.status).toBe(200);
  expect(JSON.stringify(events.body)).not.toContain('stg-token-abc');
});

test('a run of a pool that nobody serves says so, and one of the own pool does not', async () => {
  const definition =
    'flow:\n  name: waits\n  steps:\n    - { action: log, config: { message: hello }, assert: [message exists] }\n';
  const nobody = await api('POST', '/executions', { definition, pool: 'nobody' });
  const { id, waiting_for: why } = nobody.body as { id: string; waiting_for: string };
  expect(why).toMatch(/^nobody takes runs of the pool nobody: start an executor with TESTMESH_POOLS=nobody/);
  expect((await api('GET', `/executions/${id}`)).body).toMatchObject({ state: 'queued', waiting_for: why });
  expect((await api('POST', `/executions/${id}/cancel`)).status).toBe(200);
  expect((await api('POST', '/executions', { definition })).body).toMatchObject({ waiting_for: null });
});

test('a failed flow, an invalid one and an unknown environment end with the codes of a local run', async () => {
  await using project = await projectFolder({
    'fails.yaml': `flow:\n  name: fails\n  steps:\n${step('wrong', '/x').replace('200', '404')}`,
    'invalid.yaml': `flow:\n  name: invalid\n  steps:\n${step('wrong', '/never-sent').replace('method', 'methid')}`,
  });
  const at = (file: string, ...more: string[]) =>
    testmesh(['run', file, '--api', platform.url, ...more], { cwd: project.path });
  const local = await testmesh(['run', 'fails.yaml'], { cwd: project.path });
  const remote = await at('fails.yaml');
  expect([local.code, remote.code]).toEqual([1, 1]);
  const timeless = (text: string): string =>
    text
      .replaceAll(/\d+(?:\.\d+)? m?s\b/g, 'T')
      .replaceAll(/00-[0-9a-f]{32}-[0-9a-f]{16}-01|[0-9a-f-]{36}|\w{3}, [\w ]+ [\d:]+ GMT/g, '…');
  expect(timeless(remote.stdout)).toBe(timeless(local.stdout));
  const [runId = ''] = /[0-9a-f-]{36}(?=\n)/.exec(remote.stdout) ?? [];
  const shown = await testmesh(['show', runId, '--api', platform.url], { cwd: project.path });
  expect(shown.stdout).toBe(remote.stdout);
  let audited = await testmesh(['audit', runId, '--api', platform.url]);
  for (let tries = 0; audited.code === 5 && tries < 20; tries++) {
    audited = await testmesh(['audit', runId, '--api', platform.url]);
  }
  expect(audited).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^equal · \d+ events fold to sha256 [0-9a-f]{64}\n$/),
  });
  const { executions } = (await api('GET', '/executions?verdict=failed')).body as { executions: { id: string }[] };
  expect(executions.map(({ id }) => id)).toContain(runId);
  const invalid = await at('.');
  expect(invalid.code).toBe(3);
  expect(invalid.stderr).toContain('unknown key `methid`');
  expect(invalid.stderr).toContain('did you mean `method`?');
  expect(target.seen.some(({ line }) => line.includes('never-sent'))).toBe(false);
  const nowhere = await at('fails.yaml', '--env', 'nowhere');
  expect(nowhere.code).toBe(2);
  expect(nowhere.stderr).toContain('nowhere');
});

test('Ctrl-C cancels the run on the server, which still cleans up', async () => {
  await using project = await projectFolder({
    'slow.yaml': `flow:\n  name: slow\n  steps:\n${step('begin', '/cancel/begin')}${step('long', '/slow/20000')}  teardown:\n${step('clean', '/cancel/clean')}`,
  });
  const { code, stdout } = await testmesh(['run', 'slow.yaml', '--api', platform.url], {
    cwd: project.path,
    signalAt: { text: '✓ begin', signal: 'SIGINT' },
  });
  expect(code).toBe(130);
  expect(stdout).toContain('cancelled');
  expect(target.seen.map(({ line }) => line)).toContain('GET /cancel/clean');
});

test('killed in the middle of a run, it goes on after the next start: nothing is lost, nothing done twice', async () => {
  await using project = await projectFolder({
    'long.yaml': `flow:\n  name: long\n  steps:\n${step('a', '/kill/a', 'POST')}${step('b', '/slow/1500?b')}    - { id: pause, action: delay, config: { duration: 4s } }\n${step('c', '/kill/c', 'POST')}`,
  });
  const running = testmesh(['run', 'long.yaml', '--api', platform.url], { cwd: project.path, timeoutMs: 80_000 });
  while (!target.seen.some(({ line }) => line === 'GET /slow/1500?b'))
    await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 2500));
  await platform.kill();
  platform = await startPlatform(data.path, port);
  expect(platform.said()).not.toContain('first API key');
  const { code, stdout } = await running;
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('✓ c') });
  const posts = target.seen.filter(({ line }) => line.startsWith('POST /kill'));
  expect(posts.map(({ line }) => line)).toEqual(['POST /kill/a', 'POST /kill/c']);
}, 120_000);

test('a schedule in the guide’s form is taken, and one that is due every second fires', async () => {
  const flow = await api('POST', '/flows', { yaml: `flow:\n  name: smoke\n  steps:\n${step('tick', '/tick')}` });
  expect(flow.status).toBe(201);
  const { id } = flow.body as { id: string };
  const printed = {
    name: 'Staging E2E — Hourly',
    flow_id: id,
    environment: 'staging',
    cron: '0 * * * *',
    enabled: true,
    notify_on_failure: true,
  };
  expect((await api('POST', '/schedules', printed)).status).toBe(201);
  const secondly = await api('POST', '/schedules', { ...printed, name: 'secondly', cron: '* * * * * *' });
  expect(secondly.status).toBe(201);
  for (let tries = 0; !target.seen.some(({ line }) => line === 'GET /tick') && tries < 400; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(target.seen.map(({ line }) => line)).toContain('GET /tick');
  await api('DELETE', `/schedules/${(secondly.body as { id: string }).id}`);
}, 60_000);
