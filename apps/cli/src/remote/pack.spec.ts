import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { packFlow } from './pack.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'testmesh-pack-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const files = async (contents: Readonly<Record<string, string | Buffer>>): Promise<void> => {
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
};

test('takes the flow, its child flows and what those name, each relative to its own file', async () => {
  await files({
    'flows/main.yaml': 'steps: [{ action: run_flow, config: { flow: parts/login.yaml } }]\nenv_file: ../test.env',
    'flows/parts/login.yaml': 'steps: [{ config: { multipart: [{ file: cat.png }] }, glob: "rows/*.json" }]',
    'flows/parts/cat.png': Buffer.from([0xff, 0xd8, 0x00]),
    'flows/parts/rows/a.json': '[1]',
    'flows/parts/rows/b.csv': '1',
    'flows/other.yaml': 'name: other',
    'test.env': 'A=1',
  });
  const { entry, files: packed } = await packFlow('flows/main.yaml', root, root);
  expect(entry).toBe('flows/main.yaml');
  expect(Object.keys(packed).sort()).toEqual([
    'flows/main.yaml',
    'flows/parts/cat.png',
    'flows/parts/login.yaml',
    'flows/parts/rows/a.json',
    'test.env',
  ]);
  expect(packed['flows/parts/cat.png']).toEqual({ base64: '/9gA' });
  expect(packed['test.env']).toBe('A=1');
});

test('B1: nothing outside the project is taken, neither by path nor through a link', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'testmesh-elsewhere-'));
  await writeFile(join(elsewhere, 'secret.txt'), 'secret');
  await files({
    'main.yaml': `a: ../${elsewhere.split('/').at(-1)}/secret.txt\nb: linked/secret.txt\nc: ./own.txt`,
    'own.txt': 'own',
  });
  await symlink(elsewhere, join(root, 'linked'));
  expect(Object.keys((await packFlow('main.yaml', root, root)).files).sort()).toEqual(['main.yaml', 'own.txt']);
  await rm(elsewhere, { recursive: true });
});

test('flows that name each other are packed once', async () => {
  await files({ 'a.yaml': 'flow: b.yaml', 'b.yaml': 'flow: a.yaml' });
  expect(Object.keys((await packFlow('a.yaml', root, root)).files).sort()).toEqual(['a.yaml', 'b.yaml']);
});

test('an .xsd brings the schemas it includes', async () => {
  await files({
    'x.yaml': 'assert: body matches_xml_schema_file "order.xsd"',
    'order.xsd': '<xs:schema><xs:include schemaLocation="money.xsd"/></xs:schema>',
    'money.xsd': '<xs:schema/>',
  });
  expect(Object.keys((await packFlow('x.yaml', root, root)).files).sort()).toEqual([
    'money.xsd',
    'order.xsd',
    'x.yaml',
  ]);
});

test('a .proto brings the files it imports', async () => {
  await files({ 'a.yaml': 'proto: api.proto', 'api.proto': 'import "types.proto";', 'types.proto': 'message A {}' });
  expect(Object.keys((await packFlow('a.yaml', root, root)).files)).toContain('types.proto');
});

test('too much is refused before it is sent', async () => {
  await files({ 'a.yaml': 'file: big.bin', 'big.bin': Buffer.alloc(9 * 1024 * 1024) });
  await expect(packFlow('a.yaml', root, root)).rejects.toThrow('more than 8 MiB');
});
