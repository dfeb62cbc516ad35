// node tools/test.mjs SUITE [PATH…]: some tests, with the servers that they name and that are not given yet.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { startInfra } from '../infra/infra.ts';
import { testEnvironment, testVariables } from '../infra/variables.ts';
import { type PieceName, pieceNames } from '../infra/vocabulary.ts';
import { verdictOf } from './outcome.ts';
import { jestArguments, root, runJest } from './suites.ts';

const projects = ['unit', 'integration', 'e2e'];
const [project = '', ...paths] = process.argv.slice(2);

const say = (line: string) => process.stderr.write(`${line}\n`);

const selectedFiles = async (): Promise<string[]> => {
  const args = [...jestArguments(project, paths), '--listTests'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return stdout.split('\n').filter((line) => line.endsWith('.ts'));
};

/** The pieces that these specs name in `describeWith('kafka', …)`. */
const needed = async (files: readonly string[]): Promise<PieceName[]> => {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const isNamed = (name: PieceName) => texts.some((text) => new RegExp(`describeWith\\(\\s*'${name}'`).test(text));
  return pieceNames.filter((name) => isNamed(name) && !process.env[testVariables[name].address]);
};

const main = async (): Promise<number> => {
  if (!projects.includes(project)) {
    say(`usage: node tools/test.mjs ${projects.join('|')} [PATH…]`);
    return 2;
  }
  const files = await selectedFiles();
  if (files.length === 0) {
    say(`no spec of the ${project} suite has a path that matches ${paths.join(' or ')}`);
    return 2;
  }
  const infra = await startInfra({
    need: await needed(files),
    onProgress: ({ piece, message }) => say(`${piece}: ${message}`),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void infra.stop().finally(() => process.exit(130)));
  }
  try {
    const { lines, isGreen } = verdictOf([await runJest({ project, workers: 2, paths }, testEnvironment(infra))]);
    console.log(lines.join('\n'));
    return isGreen ? 0 : 1;
  } finally {
    await infra.stop();
  }
};

process.exitCode = await main();
