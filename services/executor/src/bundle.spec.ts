import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { memoryBlobs } from '@testmesh/testing';
import { Bundles, openBundle } from './bundle.ts';

const bundleOf = async (files: Readonly<Record<string, string>>) => {
  const blobs = memoryBlobs();
  const hashes: Record<string, string> = {};
  for (const [path, text] of Object.entries(files)) hashes[path] = await blobs.put(Buffer.from(text));
  const manifest = JSON.stringify({ entry: Object.keys(files)[0], files: hashes });
  return openBundle(await blobs.put(Buffer.from(manifest)), blobs);
};

const files = { 'flows/main.yaml': 'flow', 'flows/data/rows.csv': 'a,b', 'schemas/order.json': '{}' };

test('gives the files that were uploaded, by their path in the project', async () => {
  const bundle = await bundleOf(files);
  expect(bundle.entry).toBe('flows/main.yaml');
  expect(Buffer.from(await bundle.read('flows/data/rows.csv')).toString()).toBe('a,b');
  expect(Buffer.from(await bundle.read('flows/../schemas/./order.json')).toString()).toBe('{}');
});

test.each(['/etc/passwd', '../secret', 'flows/../../etc/passwd', 'flows/other.yaml', 'constructor'])(
  'knows no other file: %s',
  async (path) => {
    const bundle = await bundleOf(files);
    await expect(bundle.read(path)).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

test('finds files by pattern, in order', async () => {
  const bundle = await bundleOf(files);
  expect(await bundle.glob('flows/**/*.csv')).toEqual(['flows/data/rows.csv']);
  expect(await bundle.glob('*.yaml')).toEqual([]);
});

test('a hash that names nothing, or no manifest, is refused', async () => {
  const blobs = memoryBlobs();
  const nowhere = createHash('sha256').update('nothing').digest('hex');
  await expect(openBundle(nowhere, blobs)).rejects.toThrow('is not in the blob store');
  await expect(openBundle(await blobs.put(Buffer.from('{"entry":"../x","files":{}}')), blobs)).rejects.toThrow();
});

test('is opened once by whoever opens many, and asked for again when it was not there', async () => {
  const blobs = memoryBlobs();
  const asked: string[] = [];
  const bundles = new Bundles({
    ...blobs,
    get: (hash) => {
      asked.push(hash);
      return blobs.get(hash);
    },
  });
  const manifest = Buffer.from('{"entry":"a.yaml","files":{}}');
  const hash = createHash('sha256').update(manifest).digest('hex');
  await expect(bundles.open(hash)).rejects.toThrow('is not in the blob store');
  await blobs.put(manifest);
  expect((await Promise.all([bundles.open(hash), bundles.open(hash)])).map(({ entry }) => entry)).toEqual([
    'a.yaml',
    'a.yaml',
  ]);
  await bundles.open(hash);
  expect(asked).toEqual([hash, hash]);
});
