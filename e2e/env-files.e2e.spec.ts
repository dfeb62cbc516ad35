import { expect, test } from '@jest/globals';
import { projectFolder, testmesh } from './support/cli.ts';

const flow = (envFile: string): string => `flow:
  name: uses a file
  env_file: ${envFile}
  steps:
    - { id: check, action: assert, config: { data: { x: "\${WORD}" }, assertions: ['x == "hello"'] } }
`;

test('an env file beside the flow gives its variables', async () => {
  await using folder = await projectFolder({ 'flows/a.yaml': flow('demo.env'), 'flows/demo.env': 'WORD=hello\n' });
  expect(await testmesh(['run', 'flows/a.yaml'], { cwd: folder.path })).toMatchObject({ code: 0 });
});

test("--env-file lies above the flow's own, --var above both", async () => {
  await using folder = await projectFolder({
    'a.yaml': flow('demo.env'),
    'demo.env': 'WORD=no\n',
    'other.env': 'WORD=hello\n',
  });
  expect(await testmesh(['run', 'a.yaml', '--env-file', 'other.env'], { cwd: folder.path })).toMatchObject({ code: 0 });
  expect(await testmesh(['run', 'a.yaml', '--var', 'WORD=hello'], { cwd: folder.path })).toMatchObject({ code: 0 });
});

test.each([
  ['../outside.env', 'TM6101', 'lies outside the project'],
  ['nowhere.env', 'TM6102', 'there is no nowhere.env'],
])('env_file: %s is refused before anything runs (%s)', async (path, code, text) => {
  await using folder = await projectFolder({ 'a.yaml': flow(path) });
  const result = await testmesh(['run', 'a.yaml'], { cwd: folder.path });
  expect(result).toMatchObject({ code: 3, stderr: expect.stringContaining(code) });
  expect(result.stderr).toContain(text);
});

test('a --var that no selected flow mentions is told, with the name that was meant', async () => {
  const child =
    'flow:\n  name: child\n  inputs: { DEEP: { default: a } }\n  steps:\n    - { action: log, config: { message: a } }\n';
  const parent = `${flow('demo.env')}    - { action: run_flow, config: { flow: child.yaml } }\n`;
  await using folder = await projectFolder({ 'a.yaml': parent, 'child.yaml': child, 'demo.env': 'WORD=hello\n' });
  const warned = await testmesh(['run', 'a.yaml', '--var', 'WROD=x', '--var', 'DEEP=b', '--var', 'ELSE=c'], {
    cwd: folder.path,
  });
  expect(warned.code).toBe(0);
  expect(warned.stderr.match(/^warning: .*$/gm)).toEqual([
    'warning: --var WROD changes nothing: no selected flow mentions it; did you mean `WORD`?',
    'warning: --var ELSE changes nothing: no selected flow mentions it',
  ]);
  expect((await testmesh(['validate', 'a.yaml', '--var', 'WORD=x'], { cwd: folder.path })).stderr).toBe('');
});
