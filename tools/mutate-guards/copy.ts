import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runTool } from '../infra/processes.ts';
import type { Mutation } from './mutations.ts';

// A copy of the sources to break: whatever happens meanwhile, the work tree stays as it is.

const root = path.resolve(import.meta.dirname, '../..');

type Suite = Pick<Mutation, 'project' | 'suites' | 'tests'>;

export interface Copy extends AsyncDisposable {
  /** The original text of the file. */
  readonly mutate: (mutation: Mutation) => Promise<void>;
  readonly restore: (mutation: Mutation) => Promise<void>;
  /** Whether the suites are green, and what they said. */
  readonly run: (suite: Suite) => Promise<{ readonly isGreen: boolean; readonly words: string }>;
}

export const copySources = async (env: Readonly<Record<string, string>>): Promise<Copy> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'testmesh-mutations-'));
  const files = (
    await runTool('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root })
  ).split('\0');
  const list = path.join(folder, '.files');
  await writeFile(list, files.filter((file) => file !== '').join('\0'));
  await runTool('tar', ['-c', '-f', `${folder}/.tar`, '--null', '--ignore-failed-read', '-T', list], { cwd: root });
  await runTool('tar', ['-x', '-f', `${folder}/.tar`], { cwd: folder });
  await linkPackages(folder);
  const original = (file: string): Promise<string> => readFile(path.join(root, file), 'utf8');
  return {
    mutate: async ({ file, from, to, guard }) => {
      const text = await original(file);
      if (text.split(from).length !== 2)
        throw new Error(`${guard}: ${file} does not hold ${JSON.stringify(from)} once`);
      await writeFile(
        path.join(folder, file),
        text.replace(from, () => to),
      );
    },
    restore: async ({ file }) => writeFile(path.join(folder, file), await original(file)),
    run: (suite) => runSuites(folder, suite, env),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};

/** Packages are linked where the file system can do that: our own have to be the copy's, and the loader follows links. */
const linkPackages = async (folder: string): Promise<void> => {
  const packages = path.join(root, 'node_modules');
  await runTool('cp', ['-al', packages, folder]).catch(async () => {
    await rm(path.join(folder, 'node_modules'), { recursive: true, force: true });
    await runTool('cp', ['-a', packages, folder]);
  });
};

const runSuites = async (folder: string, { project, suites, tests }: Suite, env: Readonly<Record<string, string>>) => {
  const jest = path.join(folder, 'node_modules/jest/bin/jest.js');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const wanted = ['--selectProjects', project, '--testPathPatterns', suites, '--bail', '--testTimeout=60000'];
  const named = tests === undefined ? [] : ['--testNamePattern', tests];
  const args = [...flags, jest, `--rootDir=${folder}`, ...wanted, ...named];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (words += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  const hasRun = /Tests: .*(passed|failed)/.test(words);
  if (!hasRun) throw new Error(`${suites} did not run at all:\n${words.slice(-2000)}`);
  // A machine that is too busy notices nothing: only what a test expected and did not get counts.
  const isLate = /Exceeded timeout/.test(words) && !/expect\(.*received/.test(words);
  if (code !== 0 && isLate) throw new Error(`${suites} ran out of time:\n${words.slice(-2000)}`);
  return { isGreen: code === 0, words };
};
