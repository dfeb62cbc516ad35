// The suites of a verification: each runs a program and gives its outcome.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { countsOf, failedFiles, flakyTests, readJestReport, replaced } from './jest-report.ts';
import type { SuiteOutcome } from './outcome.ts';
import { readTaskReport } from './task-report.ts';

export const root = path.resolve(import.meta.dirname, '../..');
const follow = `--import=${path.join(root, 'tools/follow-parent.mjs')}`;

type Counts = Omit<SuiteOutcome, 'name' | 'durationMs'>;

const timed = async (name: string, run: () => Promise<Counts>): Promise<SuiteOutcome> => {
  const startedAt = performance.now();
  const counts = await run();
  return { name, durationMs: performance.now() - startedAt, ...counts };
};

const nx = path.join(root, 'node_modules/nx/dist/bin/nx.js');
const withoutDaemon = { NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true', NO_COLOR: '1', FORCE_COLOR: '0' };

const printedBy = (args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [follow, ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
    child.once('error', reject);
    child.once('close', () => resolve(text));
  });

/** Tasks of project.json, side by side; what has not changed since it was last green is not run again. */
export const runTasks = (name: string, tasks: readonly string[]): Promise<SuiteOutcome> =>
  timed(name, async () => {
    const args = [nx, 'run-many', '-p', 'testmesh', '-t', tasks.join(','), '--outputStyle=static', '--nxBail=false'];
    return readTaskReport(tasks, await printedBy(args, { ...process.env, ...withoutDaemon }));
  });

export type JestSuite = {
  readonly project: string;
  readonly workers: number;
  readonly paths?: readonly string[];
  /**
   * So many files that failed are run again, one at a time; none unless it is given. What passes then is told as
   * flaky: for suites with real servers, where two cores shared by all of them can starve one.
   */
  readonly filesAgain?: number;
};

/** Guards against a hang alone: the longest suite takes a quarter of it. */
const LIMIT_MINUTES = 40;

const jest = path.join(root, 'node_modules/jest/bin/jest.js');

export const jestArguments = (project: string, paths: readonly string[] = []): string[] => [
  follow,
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  jest,
  '--selectProjects',
  project,
  '--passWithNoTests',
  ...paths,
];

/** Why Jest did not end well; empty if it did. */
const ended = (args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> =>
  new Promise((resolve, reject) => {
    const timeout = LIMIT_MINUTES * 60_000;
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 2, 2], timeout });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve('');
      else if (signal) resolve(`jest was ended by ${signal}; a suite that takes ${LIMIT_MINUTES} minutes hangs`);
      else resolve(`jest ended with code ${code} although no test failed`);
    });
  });

/** Jest shows its progress itself; what came of it is in its JSON, which it writes at the end. */
const jestRun = async (args: readonly string[], env: NodeJS.ProcessEnv) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'testmesh-jest-'));
  const file = path.join(folder, 'report.json');
  try {
    // Suites start the same programs many times: each is read and compiled once.
    const NODE_COMPILE_CACHE = path.join(folder, 'compiled');
    const problem = await ended([...args, '--json', `--outputFile=${file}`], {
      ...process.env,
      ...env,
      NODE_COMPILE_CACHE,
    });
    return { problem, results: existsSync(file) ? readJestReport(await readFile(file, 'utf8')) : [] };
  } finally {
    // What a suite started may still be on its way out, and keep what it compiled.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
};

const outcomeOf = ({ problem, results }: Awaited<ReturnType<typeof jestRun>>) => {
  const counts = countsOf(results);
  return problem === '' || counts.failed > 0 ? counts : { ...counts, failed: 1, words: problem };
};

export const runJest = (suite: JestSuite, env: NodeJS.ProcessEnv): Promise<SuiteOutcome> =>
  timed(suite.project, async () => {
    const { project, workers, paths, filesAgain = 0 } = suite;
    const first = await jestRun([...jestArguments(project, paths), `--maxWorkers=${workers}`], env);
    const failed = failedFiles(first.results);
    if (failed.length === 0 || failed.length > filesAgain) return outcomeOf(first);
    process.stderr.write(`\nrunning again, one at a time: ${failed.join(', ')}\n`);
    const second = await jestRun([...jestArguments(project), '--runInBand', '--runTestsByPath', ...failed], env);
    return {
      ...outcomeOf({ problem: second.problem, results: replaced(first.results, second.results) }),
      flaky: flakyTests(first.results, second.results),
    };
  });
