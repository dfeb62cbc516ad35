import { expect, test } from '@jest/globals';
import { catalogue } from '@testmesh/catalogue';
import { FlowCache } from './flow-cache.ts';
import { lackingPlugins } from './lacking-plugins.ts';

const textOf = (name: string): string =>
  `flow:\n  name: ${name}\n  steps:\n    - { id: wait, action: delay, config: { duration: 1ms } }\n`;

const bundleOf = (files: Readonly<Record<string, string>>) => {
  const asked: string[] = [];
  const read = async (path: string) => {
    asked.push(path);
    const text = files[path];
    if (text === undefined) throw new Error(`no ${path}`);
    return Buffer.from(text);
  };
  return { asked, entry: 'a.yaml', read, glob: async () => [] };
};

test('a flow is read once for all runs of its bundle', async () => {
  const cache = new FlowCache();
  const bundle = bundleOf({ 'a.yaml': textOf('first') });
  const [one, two] = await Promise.all([
    cache.flowAt({ hash: 'h1', bundle, catalogue }, 'a.yaml'),
    cache.flowAt({ hash: 'h1', bundle, catalogue }, 'a.yaml'),
  ]);
  expect(one).toBe(two);
  expect(await cache.flowAt({ hash: 'h1', bundle, catalogue }, 'a.yaml')).toBe(one);
  expect(bundle.asked).toEqual(['a.yaml']);
});

test('the same path of another bundle is another flow', async () => {
  const cache = new FlowCache();
  const one = await cache.flowAt({ hash: 'h1', bundle: bundleOf({ 'a.yaml': textOf('first') }), catalogue }, 'a.yaml');
  const two = await cache.flowAt({ hash: 'h2', bundle: bundleOf({ 'a.yaml': textOf('second') }), catalogue }, 'a.yaml');
  expect([one.name, two.name]).toEqual(['first', 'second']);
});

test('what cannot be read is asked for again, and named', async () => {
  const cache = new FlowCache();
  const files: Record<string, string> = { 'a.yaml': 'flow: 1\n' };
  const bundle = bundleOf(files);
  await expect(cache.flowAt({ hash: 'h1', bundle, catalogue }, 'a.yaml')).rejects.toThrow(
    'a.yaml:1:1 is not a valid flow: TM1103',
  );
  await expect(cache.flowAt({ hash: 'h1', bundle, catalogue }, 'gone.yaml')).rejects.toThrow('no gone.yaml');
  files['a.yaml'] = textOf('mended');
  expect((await cache.flowAt({ hash: 'h1', bundle, catalogue }, 'a.yaml')).name).toBe('mended');
});

test('the longest unused is forgotten once the texts kept are too many', async () => {
  const cache = new FlowCache({ mostCharacters: textOf('x').length * 2 });
  const bundle = bundleOf({ a: textOf('a'), b: textOf('b'), c: textOf('c') });
  for (const path of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.flowAt({ hash: 'h', bundle, catalogue }, path);
  expect(bundle.asked).toEqual(['a', 'b', 'c', 'b']);
});

test('an action of a plugin that this executor does not load is told with the plugin, the executor and the place', async () => {
  const owners = { k8s_job: '@acme/k8s@1.2.0' };
  const source = (pluginActions?: Record<string, string>) => ({
    hash: 'h1',
    bundle: bundleOf({ 'a.yaml': 'flow:\n  name: f\n  steps:\n    - id: db\n      action: k8s_job\n' }),
    catalogue: lackingPlugins(catalogue, pluginActions, 'executor-2'),
  });
  const cache = new FlowCache();
  await expect(cache.flowAt(source(owners), 'a.yaml')).rejects.toThrow(
    'a.yaml:5:15 is not a valid flow: TM6205 `k8s_job` is an action of the plugin @acme/k8s@1.2.0, which the executor executor-2 does not load (name it in',
  );
  await expect(cache.flowAt(source(), 'a.yaml')).rejects.toThrow('TM1201 there is no action `k8s_job`');
});
