// What becomes of servers whose parent is killed: a parent that can be, and a look at the table of processes.
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Infra } from './infra.ts';

export const parentScript = path.join(import.meta.dirname, 'parent.fixture.ts');

export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

export const parentOf = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }));

export const allGone = async (pids: readonly number[]): Promise<boolean> => {
  for (let waited = 0; waited < 20_000; waited += 100) {
    if (!pids.some(isRunning)) return true;
    await sleep(100);
  }
  return false;
};

type Parent = { readonly process: ChildProcess; readonly infra: Infra };

/** Another process that brings the pieces up and then waits to be killed. */
export const startParent = async (need: string, script = parentScript, env = process.env): Promise<Parent> => {
  const child = fork(script, [need], { execArgv: [], env: { ...env, NODE_OPTIONS: '' } });
  const infra = await new Promise<Infra>((resolve, reject) => {
    child.once('message', (message: Infra) => resolve(message));
    child.once('exit', (code) => reject(new Error(`it ended with code ${code} before it was ready`)));
  });
  return { process: child, infra };
};
