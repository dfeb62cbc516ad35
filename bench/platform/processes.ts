import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from '../workload.ts';
import type { Database } from './world.ts';

export interface Executor extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly kill: () => Promise<void>;
}

const NODE = process.execPath;

const AS_IN_THE_IMAGE = { NODE_ENV: 'production', MALLOC_ARENA_MAX: '2' };

/** The executor service as a process, ready when it says so. */
export const startExecutor = (
  database: Pick<Database, 'url' | 'encryptionKeys'>,
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<Executor> => {
  const name = env['TESTMESH_EXECUTOR'] ?? 'bench-executor';
  return startProcess(name, [...flags, join(root, 'services/executor/src/main.ts')], {
    DATABASE_URL: database.url,
    TESTMESH_ENCRYPTION_KEYS: database.encryptionKeys,
    TESTMESH_EXECUTOR: name,
    TESTMESH_HEALTH_PORT: '0',
    ...env,
  });
};

/** A site agent as a process, ready when it says so. */
export const startSiteAgent = (env: Readonly<Record<string, string>>): Promise<Executor> =>
  startProcess('bench-agent', [join(root, 'apps/site-agent/src/main.ts'), 'run'], env);

const startProcess = async (
  name: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Executor> => {
  const child = spawn(NODE, argv, {
    env: {
      ...AS_IN_THE_IMAGE,
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TESTMESH_LOG_LEVEL: 'info',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-20_000);
    });
  }
  const exited = once(child, 'exit');
  for (let tries = 0; !said.includes('"ready"'); tries++) {
    if (child.exitCode !== null || tries > 600) throw new Error(`${name} did not start:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  return {
    name,
    pid: child.pid ?? 0,
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: () => end('SIGTERM'),
  };
};

/** A script of this folder to its end; what it printed. */
export const runScript = async (name: string, args: readonly string[]): Promise<string> => {
  const child = spawn(NODE, [join(import.meta.dirname, 'baselines', `${name}.ts`), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
  return said;
};
