import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { jest } from '@jest/globals';

// Whole processes on a busy machine: no test of this suite measures time.
jest.setTimeout(90_000);

export const root = resolve(import.meta.dirname, '../..');
const bundle = join(root, 'apps/cli/dist/testmesh.mjs');

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sends a signal once stderr or stdout contains the text. */
  readonly signalAt?: { readonly text: string; readonly signal: NodeJS.Signals };
  readonly timeoutMs?: number;
  /** No file may grow beyond so many blocks of 512 or 1024 bytes: a disk that fills up. */
  readonly fileBlocks?: number;
}

// Nothing of the caller's colours, CI or variables may leak into what a test sees.
const bare = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', LANG: 'C.UTF-8', NO_COLOR: '1' };

/** Runs the bundled command line as a person would. */
export const testmesh = (args: readonly string[], options: CliOptions = {}): Promise<CliResult> =>
  new Promise((done, fail) => {
    const limits = options.fileBlocks === undefined ? '' : `ulimit -f ${options.fileBlocks}; `;
    const child = spawn('sh', ['-c', `${limits}exec "$@"`, 'sh', process.execPath, '--', bundle, ...args], {
      cwd: options.cwd ?? root,
      env: { ...bare, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    const deadline = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000);
    let isSignalled = false;
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
        if (!isSignalled && options.signalAt !== undefined && output[name].includes(options.signalAt.text)) {
          isSignalled = true;
          child.kill(options.signalAt.signal);
        }
      });
    }
    child.once('error', fail);
    child.once('close', (code, signal) => {
      clearTimeout(deadline);
      if (code === null)
        fail(new Error(`testmesh ${args.join(' ')} was ended by ${signal}\n${output.stdout}${output.stderr}`));
      else done({ code, ...output });
    });
  });

export interface Folder extends AsyncDisposable {
  readonly path: string;
}

/** A project folder of its own with the given files; its root is marked, so nothing above it is sought. */
export const projectFolder = async (files: Readonly<Record<string, string>>): Promise<Folder> => {
  const path = await mkdtemp(join(tmpdir(), 'testmesh-e2e-'));
  await mkdir(join(path, '.git'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};
