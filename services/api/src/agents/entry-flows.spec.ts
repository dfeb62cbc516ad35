import { expect, test } from '@jest/globals';
import { catalogue } from '@testmesh/catalogue';
import { EntryFlows } from './entry-flows.ts';

const FLOW =
  'flow:\n  name: f\n  secrets: [TOKEN]\n  env: { TOKEN: hush-hush-1 }\n  steps: [{ id: a, action: log, config: { message: hi } }]\n';

/** A store of these blobs that counts how often it is asked. */
const storing = (blobs: Record<string, string>) => {
  const asked: string[] = [];
  const get = async (hash: string): Promise<Uint8Array | undefined> => {
    asked.push(hash);
    const text = blobs[hash];
    return text === undefined ? undefined : new TextEncoder().encode(text);
  };
  return {
    asked,
    flows: new EntryFlows({ blobs: { get }, catalogue }),
  };
};

const TEXT = 'a'.repeat(64);
const MANIFEST = JSON.stringify({ entry: 'f.yaml', files: { 'f.yaml': TEXT } });

test('a bundle is read once, also for runs that ask at the same time', async () => {
  const { asked, flows } = storing({ bundle: MANIFEST, [TEXT]: FLOW });
  const [one, other] = await Promise.all([flows.of('bundle'), flows.of('bundle')]);
  expect(one).toMatchObject({ text: FLOW, marks: { secrets: ['TOKEN'], env: [{ name: 'TOKEN' }] } });
  expect(other).toBe(one);
  expect(await flows.of('bundle')).toBe(one);
  expect(asked).toEqual(['bundle', TEXT]);
});

test('what is not there yet is asked for again', async () => {
  const blobs: Record<string, string> = {};
  const { flows } = storing(blobs);
  expect(await flows.of('bundle')).toBeUndefined();
  Object.assign(blobs, { bundle: MANIFEST, [TEXT]: FLOW });
  expect(await flows.of('bundle')).toMatchObject({ text: FLOW });
});

test('what cannot be read is told each time', async () => {
  const { asked, flows } = storing({ bundle: '{' });
  await expect(flows.of('bundle')).rejects.toThrow();
  await expect(flows.of('bundle')).rejects.toThrow();
  expect(asked).toEqual(['bundle', 'bundle']);
});

test('a run without a bundle has no flow', async () => {
  expect(await storing({}).flows.of(undefined)).toBeUndefined();
});
