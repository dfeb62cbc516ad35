import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { projectFolder, testmesh } from './support/cli.ts';

const isInstalled = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined;
const script = async (shell: string): Promise<string> => (await testmesh(['completion', shell])).stdout;

/** What bash offers behind these words. */
const offered = (completion: string, words: readonly string[], cwd: string): readonly string[] => {
  const list = words.map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(testmesh ${list}); COMP_CWORD=${words.length}; _testmesh; printf '%s\n' "\${COMPREPLY[@]}"`;
  const said = execFileSync('bash', ['--norc', '-eu', '-c', `${completion}\n${ask}`], { cwd, encoding: 'utf8' });
  return said.split('\n').filter((word) => word !== '');
};

test('bash offers commands, options and files', async () => {
  await using folder = await projectFolder({ 'order.yaml': '' });
  const completion = await script('bash');
  expect(offered(completion, ['va'], folder.path)).toEqual(['validate']);
  expect(offered(completion, [''], folder.path)).toEqual(expect.arrayContaining(['run', 'show', 'explain', 'up']));
  expect(offered(completion, ['run', '--env'], folder.path)).toEqual(['--env', '--env-file']);
  expect(offered(completion, ['run', 'or'], folder.path)).toEqual(['order.yaml']);
});

test('every command that help names is completed, in every shell', async () => {
  const { stdout } = await testmesh(['--help']);
  const commands = [...stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name);
  expect(commands).toEqual(expect.arrayContaining(['run', 'validate', 'show']));
  for (const shell of ['bash', 'zsh', 'fish']) {
    const text = await script(shell);
    for (const command of commands) if (command !== 'help') expect(text).toMatch(new RegExp(`\\b${command}\\b`));
  }
});

// Bash is everywhere; the others are asked where they are installed.
test.each(['bash', 'zsh', 'fish'].filter(isInstalled))('%s reads its script', async (shell) => {
  const read = spawnSync(shell, ['-n'], { input: await script(shell), encoding: 'utf8' });
  expect(read).toMatchObject({ status: 0, stderr: '' });
});
