import { execFile } from 'node:child_process';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { projectFolder, root, testmesh } from '../support/cli.ts';

// What an author publishes and a project installs: tarballs, without the sources of this repository.

const run = promisify(execFile);

const unpacked = async (tarball: string, into: string): Promise<void> => {
  await mkdir(into, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', into, '--strip-components=1']);
};

const TYPED = `
import { actionSchema, defineAction, definePlugin } from '@testmesh/action-kit';
import * as z from 'zod';

const schema = actionSchema({ type: 'greet', summary: 'Say hello.', config: z.strictObject({ name: z.string() }) });
const greet = defineAction({
  schema,
  run: async (config, { signal }) => {
    signal.throwIfAborted();
    const name: string = config.name;
    // @ts-expect-error: the schema knows no such key
    void config.nam;
    return { kind: 'completed', output: { said: name } };
  },
});
export const plugin = definePlugin({ actions: [greet] });
`;

test('the packed plugin works with the packed kit', async () => {
  await using project = await projectFolder({ 'testmesh.yaml': 'plugins:\n  - "@testmesh-examples/k8s-job"\n' });
  const at = (...path: string[]): string => join(project.path, ...path);
  await run(process.execPath, [join(root, 'tools/pack/main.mjs'), at('site')]);
  await run('npm', ['pack', '--silent', '--pack-destination', project.path], {
    cwd: join(root, 'examples/plugins/k8s-job'),
  });
  const [version = ''] = await readdir(at('site/download')).then((names) =>
    names.filter((name) => name.startsWith('v')),
  );
  const [kit = ''] = (await readdir(at('site/download', version))).filter((name) => name.includes('action-kit'));
  const [plugin = ''] = (await readdir(project.path)).filter((name) => name.endsWith('.tgz'));
  await unpacked(at('site/download', version, kit), at('node_modules/@testmesh/action-kit'));
  await unpacked(at(plugin), at('node_modules/@testmesh-examples/k8s-job'));
  // The registry's part.
  for (const name of ['zod', '@kubernetes']) await symlink(join(root, 'node_modules', name), at('node_modules', name));

  // With its types: a config that the schema does not give is no config.
  await writeFile(at('package.json'), '{"type": "module"}');
  await writeFile(at('greet.ts'), TYPED);
  const tsc = [
    join(root, 'node_modules/typescript/bin/tsc'),
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
  ];
  const checked = await run(process.execPath, [...tsc, 'greet.ts'], { cwd: project.path }).catch((error) => error);
  expect(checked.stdout).toBe('');

  const explained = await testmesh(['explain', 'k8s_job'], { cwd: project.path });
  expect(explained).toMatchObject({ code: 0, stderr: '' });
  expect(explained.stdout).toMatch(/^k8s_job {2}\(plugin @testmesh-examples\/k8s-job 1\.0\.0\)/);
  await mkdir(at('flows'));
  await writeFile(
    at('flows/job.yaml'),
    'flow:\n  name: job\n  steps:\n    - { id: db, action: k8s_job, config: { image: a, kubeconfig: ./none } }\n',
  );
  expect((await testmesh(['validate', 'flows'], { cwd: project.path })).code).toBe(0);
  const ran = await testmesh(['run', 'flows'], { cwd: project.path });
  expect(ran).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/k8s_job of the plugin .* threw: ENOENT/),
  });
}, 480_000);
