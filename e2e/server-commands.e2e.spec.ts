import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { projectFolder, root, testmesh } from './support/cli.ts';
import {
  dataFolder,
  freePort,
  type RunningPlatform,
  startPlatform,
  startTarget,
  type Target,
} from './support/platform.ts';

// Everything that the command line does with a server beside running a flow on it.

let data: Awaited<ReturnType<typeof dataFolder>>;
let platform: RunningPlatform;
let target: Target;
let key: string;
let project: Awaited<ReturnType<typeof projectFolder>>;
let home: Awaited<ReturnType<typeof projectFolder>>;

beforeAll(async () => {
  data = await dataFolder();
  target = await startTarget();
  platform = await startPlatform(data.path, await freePort());
  key = /TESTMESH_API_KEY=(\S+)/.exec(platform.said())?.[1] ?? '';
  home = await projectFolder({});
  project = await projectFolder({
    'flows/users.yaml': `flow:
  name: users
  env_file: ../secret.env
  steps:
    - id: list
      action: http_request
      config: { method: POST, url: "\${service.users}/users", body: { hello: "\${GREETING}" } }
      assert: [status == 200]
`,
    'flows/ping.yaml': `flow:
  name: ping
  steps:
    - { id: ping, action: http_request, config: { method: GET, url: "\${service.users}/ping" }, assert: [status == 200] }
`,
    'secret.env': 'TOKEN=do-not-send\n',
    'environments/staging.yaml': `variables:
  GREETING: { value: hello-from-staging, is_secret: true }
routing:
  services: { users: "${target.url}" }
`,
  });
}, 90_000);

afterAll(async () => {
  await platform?.stop();
  await target?.[Symbol.asyncDispose]();
  await project?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await data?.[Symbol.asyncDispose]();
}, 60_000);

const at = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  testmesh(args, { cwd: project.path, env: { XDG_CONFIG_HOME: home.path, ...env } });

test('a command without a server says how to name one', async () => {
  const { code, stderr } = await at(['env', 'list']);
  expect(code).toBe(2);
  expect(stderr).toBe('name the server with --api URL, or log in to one: testmesh login --api URL\n');
});

test('login keeps a key the server took, for its user alone; a wrong one is not kept', async () => {
  const wrong = await at(['login', '--api', platform.url], { TESTMESH_API_KEY: `tm_live_${'0'.repeat(48)}` });
  expect(wrong).toMatchObject({ code: 4, stdout: '' });
  const { code, stdout } = await at(['login', '--api', `${platform.url}/`], { TESTMESH_API_KEY: key });
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining(`logged in to ${platform.url}`) });
  const kept = JSON.parse(await readFile(join(home.path, 'testmesh/credentials.json'), 'utf8'));
  expect(kept).toEqual({ current: platform.url, servers: { [platform.url]: { key } } });
});

test('a person logs in with their password, and gets a key of their own', async () => {
  const asked = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const response = await fetch(`${platform.url}/api/v1${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(201);
    return (await response.json()) as Readonly<Record<string, string>>;
  };
  const password = 'five small yellow boats';
  const { token } = await asked('/invitations', { email: 'ada@example.com', role: 'editor' });
  await asked('/invitations/accept', { token, name: 'Ada', password });
  const own = await projectFolder({});
  const log = (env: Readonly<Record<string, string>>, ...more: readonly string[]) =>
    at(['login', '--api', platform.url, '--user', 'ada@example.com', ...more], { XDG_CONFIG_HOME: own.path, ...env });
  const wrong = await log({ TESTMESH_PASSWORD: 'something else entirely' });
  expect([wrong.code, wrong.stdout]).toEqual([4, '']);
  const { code, stdout } = await log({ TESTMESH_PASSWORD: password });
  expect([code, stdout]).toEqual([0, expect.stringContaining(`logged in to ${platform.url} as `)]);
  const kept = await readFile(join(own.path, 'testmesh/credentials.json'), 'utf8');
  expect(kept).toContain('tm_live_');
  expect(kept).not.toContain(key);
  expect(kept).not.toContain(password);
  const listed = await at(['env', 'list', '--json'], { XDG_CONFIG_HOME: own.path });
  expect(listed).toMatchObject({ code: 0, stdout: '[]\n' });
  await own[Symbol.asyncDispose]();
});

test('environments go up from their files and come back with secrets masked', async () => {
  const pushed = await at(['env', 'push', 'environments/staging.yaml']);
  expect(pushed).toMatchObject({ code: 0, stdout: 'environment staging · v1\n', stderr: '' });
  const listed = await at(['env', 'list']);
  expect(listed.stdout).toMatch(/^NAME +VARIABLES +SERVICES +VERSION\nstaging +1 variable +1 service +v1\n$/);
  const shown = await at(['env', 'show', 'staging']);
  expect(JSON.parse(shown.stdout)).toMatchObject({
    name: 'staging',
    variables: [{ key: 'GREETING', value: '********', is_secret: true }],
  });
  const missing = await at(['env', 'show', 'nowhere']);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain('there is no environment nowhere');
  const broken = await at(['env', 'push', 'environments/none.yaml']);
  expect(broken).toMatchObject({ code: 2, stderr: expect.stringContaining('environments/none.yaml cannot be read') });
});

test('site agents are made, listed, given a new token and revoked; a token is all that a pipe gets', async () => {
  const made = await at(['agent', 'create', 'berlin', '--pools', 'berlin,lab']);
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('site agent berlin · pools berlin, lab') });
  expect(made.stdout).toMatch(/^tm_agent_[0-9a-f]{48}\n$/);
  const rotated = await at(['agent', 'rotate', 'berlin', '--overlap', '5m']);
  expect(rotated.stdout).toMatch(/^tm_agent_[0-9a-f]{48}\n$/);
  expect(rotated.stdout).not.toBe(made.stdout);
  expect(await at(['agent', 'revoke', 'berlin'])).toMatchObject({ code: 0, stdout: 'site agent berlin is revoked\n' });
  expect((await at(['agent', 'list'])).stdout).toMatch(/\nberlin +berlin,lab .* revoked\n$/);
  expect(await at(['agent', 'rotate', 'paris'])).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('the server has no site agent paris'),
  });
  expect(await at(['agent', 'rotate', 'berlin', '--overlap', 'soon'])).toMatchObject({ code: 2 });
});

test('flows go up without their env file, get versions, and come back byte for byte', async () => {
  const first = await at(['flow', 'push', 'flows']);
  expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('secret.env stays here') });
  expect(first.stdout).toMatch(/^flows\/ping\.yaml · new · .+\nflows\/users\.yaml · new · .+\n$/);
  const again = await at(['flow', 'push', 'flows/ping.yaml']);
  expect(again.stdout).toMatch(/^flows\/ping\.yaml · as it was · /);
  const pulled = await at(['flow', 'pull', 'ping', '--into', 'copy']);
  expect(pulled).toMatchObject({ code: 0, stdout: 'flows/ping.yaml\n' });
  const [original, copy] = await Promise.all(
    ['flows/ping.yaml', 'copy/flows/ping.yaml'].map((file) => readFile(join(project.path, file), 'utf8')),
  );
  expect(copy).toBe(original);
  await appendFile(join(project.path, 'copy/flows/ping.yaml'), '# mine\n');
  const differs = await at(['flow', 'pull', 'ping', '--into', 'copy']);
  expect(differs).toMatchObject({ code: 2, stderr: expect.stringContaining('--force replaces it') });
  expect((await at(['flow', 'pull', 'ping', '--into', 'copy', '--force'])).code).toBe(0);
  const unknown = await at(['flow', 'pull', 'nothing']);
  expect(unknown).toMatchObject({ code: 5, stderr: 'the server keeps no flow nothing\n' });
});

test('a schedule is made, triggered, paused and deleted by its name', async () => {
  const created = await at(
    'schedule create flows/ping.yaml --name nightly --cron @daily --env staging --timezone Europe/Berlin'.split(' '),
  );
  expect(created).toMatchObject({ code: 0, stdout: expect.stringMatching(/^schedule nightly · next \S+Z · /) });
  const triggered = await at(['schedule', 'trigger', 'nightly']);
  expect(triggered.stdout).toMatch(/^run [0-9a-f-]{36}\n$/);
  expect((await at(['schedule', 'pause', 'nightly'])).code).toBe(0);
  expect((await at(['schedule', 'list'])).stdout).toMatch(/nightly +@daily +Europe\/Berlin +paused/);
  expect((await at(['schedule', 'history', 'nightly'])).stdout).toContain('by hand');
  expect((await at(['schedule', 'delete', 'nightly'])).code).toBe(0);
  expect(await at(['schedule', 'resume', 'nightly'])).toMatchObject({ code: 5 });
  const wrong = await at(['schedule', 'create', 'ping', '--cron', 'every day']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('a cron expression has 5 fields, or 6 with seconds first; this has 2\n  /cron\n');
});

/** The printed lines of a page that begin so, as a shell takes them apart. */
const printed = async (page: string, beginning: string): Promise<readonly (readonly string[])[]> => {
  const lines = (await readFile(join(root, page), 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith(beginning) && !line.includes('…'));
  return lines.map((line) => [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word).slice(1));
};

test('the printed lines of schedules work as printed', async () => {
  await writeFile(
    join(project.path, 'flows/order.yaml'),
    await readFile(join(project.path, 'flows/ping.yaml'), 'utf8').then((text) =>
      text.replace('name: ping', 'name: order'),
    ),
  );
  expect((await at(['flow', 'push', 'flows/order.yaml'])).code).toBe(0);
  const [create, history, ...more] = await printed('docs/cli.md', 'testmesh schedule ');
  expect(create?.slice(0, 2)).toEqual(['schedule', 'create']);
  const name = history?.at(-1) ?? '';
  const created = await at(create ?? []);
  expect(created).toMatchObject({ code: 0, stdout: expect.stringContaining(`schedule ${name} · next `) });
  for (const line of [history ?? [], ...more]) expect(await at(line)).toMatchObject({ code: 0, stderr: '' });
  expect((await at(['schedule', 'delete', name])).code).toBe(0);
  await rm(join(project.path, 'flows/order.yaml'));
});

test('a run that is left to the server ends there, and all runs can be audited at once', async () => {
  const left = await at(['run', 'flows/ping.yaml', '--env', 'staging', '--api', platform.url, '--detach']);
  expect(left.code).toBe(0);
  const id = left.stdout.trim();
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  let shown = await at(['show', id, '--api', platform.url]);
  for (let tries = 0; !shown.stdout.includes('passed') && tries < 40; tries++) {
    shown = await at(['show', id, '--api', platform.url]);
  }
  expect(shown.stdout).toContain('passed');
  let audited = await at(['audit', '--all']);
  for (let tries = 0; !audited.stdout.includes(' 0 not written yet · 0 not ended') && tries < 20; tries++) {
    audited = await at(['audit', '--all']);
  }
  expect(audited).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^2 equal · 0 different · 0 not written yet · 0 not ended\nconfiguration, schedules, test environments: \d+ whole · 0 broken\n$/,
    ),
  });
  const nowhere = await at(['run', 'flows/ping.yaml', '--detach']);
  expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('--api URL') });
});

test('views are folded anew while the server serves, and are what they were', async () => {
  expect(await at(['views', 'show'])).toMatchObject({ code: 0, stdout: 'runs is shown; nothing was rebuilt yet\n' });
  const rebuilt = await at(['views', 'rebuild']);
  expect(rebuilt).toMatchObject({ code: 0, stderr: '' });
  expect(rebuilt.stdout).toMatch(/runs\.2 is shown; .*\ndone: runs\.2 is shown\n$/);
  expect((await at(['audit', '--all'])).stdout).toContain('2 equal · 0 different · 0 not written yet · 0 not ended\n');
  const over = await at(['views', 'cancel']);
  expect(over).toMatchObject({ code: 2, stderr: expect.stringContaining('no rebuild is under way') });
}, 60_000);

test('a protected environment is confirmed by its name, here and on the server', async () => {
  await writeFile(
    join(project.path, 'environments/live.yaml'),
    `protected: true\nrouting: { services: { users: "${target.url}" } }\n`,
  );
  expect((await at(['env', 'push', 'environments/live.yaml'])).code).toBe(0);
  for (const where of [[], ['--api', platform.url]]) {
    const run = ['run', 'flows/ping.yaml', '--env', 'live', ...where];
    const refused = await at(run);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('the environment live is protected') });
    expect((await at([...run, '--confirm', 'live'])).code).toBe(0);
  }
});

test('a pool and a priority are those of the run, and of the runs of a schedule', async () => {
  const berlin = ['--pool', 'berlin', '--priority', '-7', '--env', 'staging'];
  const left = await at(['run', 'flows/ping.yaml', ...berlin, '--api', platform.url, '--detach']);
  expect(left).toMatchObject({ code: 0, stderr: expect.stringContaining('nobody takes runs of the pool berlin') });
  const made = await at(['schedule', 'create', 'flows/ping.yaml', '--name', 'site', '--cron', '@yearly', ...berlin]);
  expect(made).toMatchObject({ code: 0 });
  const schedules = JSON.parse((await at(['schedule', 'list', '--json'])).stdout);
  expect(schedules).toMatchObject([{ name: 'site', pool: 'berlin', priority: -7 }]);
  expect((await at(['schedule', 'delete', 'site'])).code).toBe(0);
  expect(await at(['run', 'flows/ping.yaml', '--priority', '101'])).toMatchObject({ code: 2 });
  expect(await at(['run', 'flows/ping.yaml', '--pool', 'berlin'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--pool berlin is a pool of executors of a server: name that with --api URL'),
  });
});

test('logout forgets the key here', async () => {
  expect((await at(['logout'])).stdout).toContain(`the key for ${platform.url} is forgotten here`);
  expect((await at(['env', 'list'])).code).toBe(2);
});
