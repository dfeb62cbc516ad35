import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** One finished process. */
export interface Finished {
  readonly wallMs: number;
  readonly maxRssMb: number;
  readonly stdout: string;
}

const exitNotes = pathToFileURL(join(import.meta.dirname, 'note-at-exit.mjs')).href;

/** Runs a Node script to its end; anything but exit code 0 fails the benchmark, so no row measures a failure. */
export const runNode = (
  args: readonly string[],
  options: { readonly cwd?: string; readonly measureMemory?: boolean } = {},
): Promise<Finished> => {
  const notes = mkdtempSync(join(tmpdir(), 'testmesh-bench-'));
  const file = join(notes, 'rss');
  const flags = options.measureMemory ? ['--import', exitNotes] : [];
  return runProcess(process.execPath, [...flags, ...args], {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...process.env, NO_COLOR: '1', TESTMESH_BENCH_NOTES: file },
  })
    .then((finished) => ({
      ...finished,
      maxRssMb: options.measureMemory ? Number(readFileSync(file, 'utf8')) / 1024 : 0,
    }))
    .finally(() => rmSync(notes, { recursive: true, force: true }));
};

export const runProcess = (
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      const wallMs = performance.now() - started;
      if (code === 0) resolve({ wallMs, maxRssMb: 0, stdout });
      else
        reject(
          new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout.slice(-2000)}${stderr.slice(-2000)}`),
        );
    });
  });

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
};

/** Two measures in turn, A B A B …, after one of each that does not count: the machine's drift hits both alike. */
export const paired = async (
  runs: number,
  ours: () => Promise<number>,
  baseline: () => Promise<number>,
): Promise<{ readonly ours: number; readonly baseline: number; readonly ratio: number }> => {
  await ours();
  await baseline();
  const pairs: { a: number; b: number }[] = [];
  for (let run = 0; run < runs; run++) pairs.push({ a: await ours(), b: await baseline() });
  return {
    ours: median(pairs.map(({ a }) => a)),
    baseline: median(pairs.map(({ b }) => b)),
    ratio: median(pairs.map(({ a, b }) => a / b)),
  };
};
