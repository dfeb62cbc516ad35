import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ActionContext } from '@testmesh/action-kit';
import { pluginNamed } from '@testmesh/flow';
import { loadPlugins } from './load-plugins.ts';

const kit = pathToFileURL(join(import.meta.dirname, '../../action-kit/src/index.ts')).href;
const zod = import.meta.resolve('zod');

/** A plugin whose one action is called `type` and does `run`. */
const plugin = (type: string, run = "({ kind: 'completed', output: { said: `hello ${name}` } })"): string => `
  import { actionSchema, defineAction, definePlugin } from '${kit}';
  import * as z from '${zod}';
  const schema = actionSchema({ type: '${type}', summary: 'Say hello.', config: z.strictObject({ name: z.string() }) });
  export const plugin = definePlugin({ actions: [defineAction({ schema, run: async ({ name }) => ${run} })] });`;

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'plugins-'));
  await files({
    'greet.mjs': plugin('greet'),
    'also-greet.mjs': plugin('greet'),
    'taken.mjs': plugin('http_request'),
    'throws.mjs': "throw new Error('no cluster is set');",
    'other.mjs': 'export const actions = []; export const version = 1;',
    'future.mjs': 'export const plugin = { api: 2, actions: [{}] };',
    'loose.mjs': "export const plugin = { api: 1, actions: [{ schema: { type: 'x', summary: 'y', config: {} } }] };",
    'bad.mjs': plugin('bad', "{ throw new Error('out of ' + name) }"),
    'strange.mjs': plugin('strange', "({ kind: 'completed', output: { at: new Date(0) } })"),
    'number.mjs': plugin('number', '42'),
    'node_modules/@acme/greeter/package.json': JSON.stringify({
      name: '@acme/greeter',
      version: '2.1.0',
      exports: { '.': { import: './lib/main.js' } },
      type: 'module',
    }),
    'node_modules/@acme/greeter/lib/main.js': plugin('greet'),
  });
});
afterAll(() => rm(base, { recursive: true }));

const files = async (texts: Readonly<Record<string, string>>): Promise<void> => {
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(dirname(join(base, name)), { recursive: true });
    await writeFile(join(base, name), text);
  }
};

const load = async (...names: string[]) => {
  const taken = ['http_request', 'for_each'];
  const options = { base, taken, mayAsk: () => true, patienceMs: 0 };
  const { plugins, problems } = await loadPlugins(names.map(pluginNamed), options);
  return { plugins, problems: problems.map(({ index, problem }) => [index, problem.code, problem.message]) };
};

const context = (signal = new AbortController().signal): ActionContext => ({ signal }) as ActionContext;

const perform = async (name: string, config: Record<string, string>, signal?: AbortSignal) => {
  const { plugins, problems } = await load(name);
  expect(problems).toEqual([]);
  return plugins[0]?.actions[0]?.perform(config, context(signal));
};

test('a package is found where the project has it installed, and is known by its name and version', async () => {
  const { plugins, problems } = await load('@acme/greeter');
  expect(problems).toEqual([]);
  expect(plugins.map(({ identity, actions }) => [identity, actions.map(({ schema }) => schema.type)])).toEqual([
    [{ name: '@acme/greeter', version: '2.1.0' }, ['greet']],
  ]);
});

test('a lone file is known by its name and what stands in it', async () => {
  const { plugins } = await load('./greet.mjs');
  expect(plugins[0]?.identity).toEqual({ name: 'greet.mjs', version: expect.stringMatching(/^sha256-[0-9a-f]{12}$/) });
});

test('an action of a plugin is carried out, and carries the plugin’s name', async () => {
  expect(await perform('./greet.mjs', { name: 'Ada' })).toEqual({ kind: 'completed', output: { said: 'hello Ada' } });
  const { plugins } = await load('@acme/greeter');
  expect(plugins[0]?.actions[0]?.plugin).toEqual({ name: '@acme/greeter', version: '2.1.0' });
});

test.each([
  ['@acme/gone', 'TM6201', /@acme\/gone cannot be found: no such package is installed/],
  ['./gone.mjs', 'TM6201', /gone\.mjs cannot be found: there is no file/],
  ['./throws.mjs', 'TM6202', /throws\.mjs sha256-\w+ broke while it was loaded: no cluster is set/],
  ['./other.mjs', 'TM6203', /exports no `plugin`; it exports actions, version/],
  ['./future.mjs', 'TM6203', /written for version 2 of the plugin API, this testmesh speaks version 1/],
  ['./loose.mjs', 'TM6203', /an action of the plugin loose\.mjs \S+ is not one: schema\.config is no zod schema/],
  ['./taken.mjs', 'TM6204', /brings an action `http_request`, but that name is taken by TestMesh itself/],
])('%s is refused with %s', async (name, code, message) => {
  const { plugins, problems } = await load('./greet.mjs', name);
  expect(plugins).toHaveLength(1);
  expect(problems).toEqual([[1, code, expect.stringMatching(message)]]);
});

test('two plugins cannot bring the same action, and both are named', async () => {
  const { problems } = await load('./greet.mjs', './also-greet.mjs');
  expect(problems).toEqual([
    [1, 'TM6204', expect.stringMatching(/also-greet\.mjs .* `greet`, .* taken by the plugin greet\.mjs sha256-/)],
  ]);
});

test('everything that is wrong is told at once', async () => {
  const { problems } = await load('@acme/gone', './throws.mjs', './taken.mjs');
  expect(problems.map(([index, code]) => [index, code])).toEqual([
    [0, 'TM6201'],
    [1, 'TM6202'],
    [2, 'TM6204'],
  ]);
});

test('P1: what an action throws ends its step under the name of the plugin', async () => {
  expect(await perform('./bad.mjs', { name: 'paper' })).toMatchObject({
    kind: 'not-carried-out',
    code: 'TM4901',
    reason: expect.stringMatching(/^bad of the plugin bad\.mjs sha256-\w+ threw: out of paper$/),
  });
});

test('P1: what is no outcome is told with the place that is wrong', async () => {
  expect(await perform('./number.mjs', { name: 'x' })).toMatchObject({
    code: 'TM4902',
    reason: expect.stringMatching(/no outcome: number 42$/),
  });
  expect(await perform('./strange.mjs', { name: 'x' })).toMatchObject({
    code: 'TM4902',
    reason: expect.stringMatching(/no outcome: output\.at is a Date$/),
  });
});

test('P2: what an interrupted action throws is left to the interruption', async () => {
  await expect(perform('./bad.mjs', { name: 'time' }, AbortSignal.abort())).rejects.toThrow('out of time');
});

test('a config that does not fit is told before the plugin’s code is reached', async () => {
  expect(await perform('./greet.mjs', { nam: 'Ada' })).toMatchObject({ code: 'TM3201' });
});
