import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { projectFolder, root, testmesh } from '../support/cli.ts';
import { dataFolder, freePort, startPlatform } from '../support/platform.ts';

// Plugins as people use them: through the bundled command line, and on a server that allows them or does not.

const kit = pathToFileURL(join(root, 'libs/action-kit/src/index.ts')).href;
const zod = pathToFileURL(join(root, 'node_modules/zod/index.js')).href;

const GREETER = `
import { actionSchema, defineAction, definePlugin } from '${kit}';
import * as z from '${zod}';

const schema = actionSchema({
  type: 'greet',
  summary: 'Say hello.',
  config: z.strictObject({ name: z.string().describe('whom to greet') }),
  result: { said: { type: 'string', description: 'the greeting' } },
});

export const plugin = definePlugin({
  actions: [defineAction({ schema, run: async ({ name }) => ({ kind: 'completed', output: { said: 'hello ' + name } }) })],
});
`;
const MANIFEST = JSON.stringify({ name: '@acme/greeter', version: '1.4.0', type: 'module', exports: './index.js' });
const FLOW = `flow:
  name: greeting
  steps:
    - id: hi
      action: greet
      config: { name: Ada }
      assert: [said == "hello Ada"]
`;
const project = (more: Readonly<Record<string, string>> = {}) =>
  projectFolder({
    'testmesh.yaml': 'plugins:\n  - "@acme/greeter"\n',
    'node_modules/@acme/greeter/package.json': MANIFEST,
    'node_modules/@acme/greeter/index.js': GREETER,
    'flows/greeting.yaml': FLOW,
    ...more,
  });

test('a package that testmesh.yaml names brings its action, and the journal says which version acted', async () => {
  await using folder = await project();
  const ran = await testmesh(['run', 'flows', '--reporter', 'json'], { cwd: folder.path });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(ran.stdout).flows[0].steps[0]).toMatchObject({ action: 'greet', plugin: '@acme/greeter@1.4.0' });
});

test('its keys are checked, explained and part of the schema like those of any other action', async () => {
  const wrong = FLOW.replace('{ name: Ada }', '{ nam: Ada }').replace('name: greeting', 'name: other');
  await using folder = await project({
    'flows/greeting.yaml': wrong,
    'flows/second.yaml': FLOW.replace('greet\n', 'great\n'),
  });
  const { code, stderr, stdout } = await testmesh(['validate', 'flows'], { cwd: folder.path });
  expect(code).toBe(3);
  expect(stderr + stdout).toMatch(/TM1203\]: unknown key `nam` for action greet\n +--> flows\/greeting\.yaml:6:17/);
  expect(stderr + stdout).toContain('did you mean `name`?');
  expect(stderr + stdout).toContain('did you mean `greet`?');
  const explained = await testmesh(['explain', 'greet'], { cwd: folder.path });
  expect(explained.stdout).toContain('greet  (plugin @acme/greeter 1.4.0)');
  expect(explained.stdout).toMatch(/name +string +required +whom to greet/);
  const schema = await testmesh(['schema'], { cwd: folder.path });
  expect(schema.stdout).toContain('whom to greet');
});

test('what is wrong with plugins is told where testmesh.yaml names them, and nothing runs', async () => {
  await using folder = await project({
    'testmesh.yaml': 'plugins:\n  - "@acme/gone"\n  - ./broken.mjs\n  - url: http://192.0.2.1:7000\n',
    'broken.mjs': 'throw new Error("no cluster is set");',
  });
  const { code, stderr } = await testmesh(['run', 'flows'], { cwd: folder.path });
  expect(code).toBe(2);
  expect(stderr).toMatch(/TM6201\].*@acme\/gone[^\n]*\n +--> testmesh\.yaml:2:5/);
  expect(stderr).toMatch(/TM6202\].*no cluster is set\n +--> testmesh\.yaml:3:5/);
  expect(stderr).toMatch(/TM6205\].*192\.0\.2\.1[^\n]*\n +--> testmesh\.yaml:4:10/);
});

describe('a plugin in Python', () => {
  const folder = join(root, 'examples/plugins/python-text');
  let process_: ReturnType<typeof spawn>;
  let url = '';
  let said = '';
  beforeAll(async () => {
    process_ = spawn('python3', ['plugin.py', '0'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    process_.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    while (!said.includes('\n')) await new Promise((resolve) => setTimeout(resolve, 20));
    url = said.trim();
  });
  afterAll(async () => {
    process_.kill();
    await once(process_, 'exit');
  });

  const beside = async (flow: string) =>
    projectFolder({ 'testmesh.yaml': `plugins:\n  - url: ${url}\n`, 'flow.yaml': flow });

  test('carries out the flow that lies beside it', async () => {
    await using there = await beside(await readFile(join(folder, 'flow.yaml'), 'utf8'));
    const ran = await testmesh(['run', 'flow.yaml', '--reporter', 'json'], { cwd: there.path });
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.stdout).flows[0].steps[0]).toMatchObject({ plugin: 'python-text@1.0.0', status: 'passed' });
    expect(ran.stderr).toContain('python-text: text_similarity for step alike');
  });

  test('is told when a step’s time is over', async () => {
    await using there = await beside(
      'flow:\n  name: review\n  steps:\n    - id: wait\n      action: text_review\n      timeout: 500ms\n      config: { text: hello }\n      assert: [text == "x"]\n',
    );
    const ran = await testmesh(['run', 'flow.yaml'], { cwd: there.path });
    expect(ran).toMatchObject({ code: 1, stdout: expect.stringMatching(/500 ?ms/) });
    while (!said.includes('the review was called off')) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  test('cannot be given a config that its schema does not allow', async () => {
    await using there = await beside(
      'flow:\n  name: f\n  steps:\n    - { id: a, action: text_similarity, config: { a: x, c: y } }\n',
    );
    const { code, stderr, stdout } = await testmesh(['validate', 'flow.yaml'], { cwd: there.path });
    expect(code).toBe(3);
    expect(stderr + stdout).toMatch(/needs `b`[\s\S]*unknown key `c`/);
  });
});

describe('a server', () => {
  const running = async (env: Readonly<Record<string, string>>) => {
    const data = await dataFolder();
    const platform = await startPlatform(data.path, await freePort(), env);
    const key = /TESTMESH_API_KEY=(\S+)/.exec(platform.said())?.[1] ?? '';
    return {
      url: platform.url,
      key,
      [Symbol.asyncDispose]: async () => {
        await platform.stop();
        await data[Symbol.asyncDispose]();
      },
    };
  };

  test('refuses an action of a plugin that its operator does not name, at once and with the reason', async () => {
    await using folder = await project();
    await using server = await running({});
    const env = { TESTMESH_API_KEY: server.key };
    const ran = await testmesh(['run', 'flows', '--api', server.url], { cwd: folder.path, env });
    expect(ran.code).toBe(3);
    expect(ran.stderr).toMatch(
      /TM6205\]: `greet` is an action of the plugin @acme\/greeter, which this server does not allow/,
    );
    expect(ran.stderr).toContain('flows/greeting.yaml:5:15');
    expect(ran.stderr).toContain('TESTMESH_PLUGINS');
    const headers = { authorization: `Bearer ${server.key}` };
    const runs = await fetch(`${server.url}/api/v1/executions`, { headers });
    expect(await runs.json()).toMatchObject({ executions: [] });
  }, 240_000);

  test('runs the actions of the plugins that its operator names, which need not be installed where it is asked', async () => {
    await using folder = await project();
    await using bare = await projectFolder({
      'testmesh.yaml': 'plugins:\n  - "@acme/greeter"\n',
      'flows/greeting.yaml': FLOW,
    });
    await using server = await running({ TESTMESH_PLUGINS: join(folder.path, 'node_modules/@acme/greeter') });
    const env = { TESTMESH_API_KEY: server.key };
    const ran = await testmesh(['run', 'flows', '--api', server.url, '--reporter', 'json'], { cwd: folder.path, env });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ran.stdout).flows[0].steps[0]).toMatchObject({ status: 'passed', plugin: '@acme/greeter@1.4.0' });
    const from = await testmesh(['run', 'flows', '--api', server.url], { cwd: bare.path, env });
    expect(from).toMatchObject({ code: 0, stderr: expect.stringContaining('warning[TM6201]') });
  }, 240_000);

  test('does not start when it cannot serve what its operator names', async () => {
    await using data = await dataFolder();
    const port = await freePort();
    await expect(startPlatform(data.path, port, { TESTMESH_PLUGINS: '@acme/gone' })).rejects.toThrow(
      /TESTMESH_PLUGINS cannot be served:\s+TM6201 the plugin @acme\/gone cannot be found/,
    );
  });
});
