import { expect, test } from '@jest/globals';
import { catalogue } from '@testmesh/catalogue';
import { FlowCache } from './flow-cache.ts';

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
  const cache = new FlowCache({ catalogue });
  const bundle = bundleOf({ 'a.yaml': textOf('first') });
  const [one, two] = await Promise.all([cache.flowAt('h1', bundle, 'a.yaml'), cache.flowAt('h1', bundle, 'a.yaml')]);
  expect(one).toBe(two);
  expect(await cache.flowAt('h1', bundle, 'a.yaml')).toBe(one);
  expect(bundle.asked).toEqual(['a.yaml']);
});

test('the same path of another bundle is another flow', async () => {
  const cache = new FlowCache({ catalogue });
  const one = await cache.flowAt('h1', bundleOf({ 'a.yaml': textOf('first') }), 'a.yaml');
  const two = await cache.flowAt('h2', bundleOf({ 'a.yaml': textOf('second') }), 'a.yaml');
  expect([one.name, two.name]).toEqual(['first', 'second']);
});

test('what cannot be read is asked for again, and named', async () => {
  const cache = new FlowCache({ catalogue });
  const files: Record<string, string> = { 'a.yaml': 'flow: 1\n' };
  const bundle = bundleOf(files);
  await expect(cache.flowAt('h1', bundle, 'a.yaml')).rejects.toThrow('a.yaml is not a valid flow: TM1103');
  await expect(cache.flowAt('h1', bundle, 'gone.yaml')).rejects.toThrow('no gone.yaml');
  files['a.yaml'] = textOf('mended');
  expect((await cache.flowAt('h1', bundle, 'a.yaml')).name).toBe('mended');
});

test('the longest unused is forgotten once the texts kept are too many', async () => {
  const cache = new FlowCache({ catalogue, mostCharacters: textOf('x').length * 2 });
  const bundle = bundleOf({ a: textOf('a'), b: textOf('b'), c: textOf('c') });
  for (const path of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.flowAt('h', bundle, path);
  expect(bundle.asked).toEqual(['a', 'b', 'c', 'b']);
});
