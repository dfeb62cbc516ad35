import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readTemplate } from './template-folder.ts';
import { templateVariables } from './variables.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'templates-'));
  for (const folder of ['many', 'chart', 'nothing', '..data']) await mkdir(join(root, folder));
  await writeFile(join(root, 'shop.yaml'), 'a: 1');
  for (const name of ['b.yml', 'a.yaml', 'README.md']) await writeFile(join(root, 'many', name), `# ${name}`);
  await writeFile(join(root, 'chart', 'Chart.yaml'), 'name: chart');
});
afterAll(() => rm(root, { recursive: true }));

test('a template is a file, the YAML files of a folder in order, or a chart', async () => {
  expect(await readTemplate(root, 'shop')).toEqual({
    kind: 'documents',
    texts: [{ text: 'a: 1', where: 'shop.yaml' }],
  });
  expect(await readTemplate(root, 'many')).toEqual({
    kind: 'documents',
    texts: [
      { text: '# a.yaml', where: 'many/a.yaml' },
      { text: '# b.yml', where: 'many/b.yml' },
    ],
  });
  expect(await readTemplate(root, 'chart')).toEqual({ kind: 'chart', folder: join(root, 'chart') });
});

test('no name leads out of the folder', async () => {
  for (const name of ['..', '../shop', '/etc/passwd', 'many/a', '.hidden', 'Shop', '']) {
    await expect(readTemplate(root, name)).rejects.toThrow(/is no name of a template/);
  }
});

test('what is not there is told together with what is', async () => {
  await expect(readTemplate(root, 'other')).rejects.toThrow(
    'there is no template "other"; there is chart, many, nothing, shop',
  );
  await expect(readTemplate(root, 'nothing')).rejects.toThrow('the template "nothing" holds no YAML file');
});

test('the images of a request are variables, and nobody overrides where the environment goes', () => {
  const services = [{ name: 'user-service', image: 'users:pr-1' }, { name: 'orders' }];
  const given = { TAG: 'x', TESTMESH_NAMESPACE: 'payments' };
  expect(templateVariables('acme', { namespace: 'review-1', context: 'pr-1', services }, given)).toEqual({
    ...{ TAG: 'x', IMAGE_USER_SERVICE: 'users:pr-1' },
    ...{ TESTMESH_NAMESPACE: 'review-1', TESTMESH_CONTEXT: 'pr-1', TESTMESH_WORKSPACE: 'acme' },
  });
});
