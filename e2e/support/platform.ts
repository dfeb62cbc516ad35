import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { join } from 'node:path';
import { root } from './cli.ts';

const bundle = join(root, 'apps/cli/dist/testmesh.mjs');

/** A folder that PostgreSQL can enter when the tests run as root, and it as nobody. */
export const dataFolder = async (): Promise<{ readonly path: string } & AsyncDisposable> => {
  const path = await mkdtemp('/var/tmp/testmesh-up-');
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};

export interface RunningPlatform {
  readonly url: string;
  /** What it has said so far. */
  readonly said: () => string;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<number | null>;
}

const bare = (): NodeJS.ProcessEnv => {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  return { PATH, HOME, NODE_COMPILE_CACHE, LANG: 'C.UTF-8' };
};

/** `testmesh up` on a port, ready when it answers. */
export const startPlatform = async (
  data: string,
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningPlatform> => {
  const child: ChildProcess = spawn(process.execPath, ['--', bundle, 'up', '--data', data, '--port', String(port)], {
    env: { ...bare(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !said.includes('Ctrl-C stops it.'); tries++) {
    if (child.exitCode !== null || tries > 1200) throw new Error(`testmesh up did not start:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    url,
    said: () => said,
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
};

export interface RunningExecutor {
  readonly pid: number;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<number | null>;
  readonly said: () => string;
}

/** An executor as a process of its own, ready when it says so. */
export const startExecutor = async (env: Readonly<Record<string, string>>): Promise<RunningExecutor> => {
  const child = spawn(process.execPath, [join(root, 'services/executor/src/main.ts')], {
    env: { ...bare(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const ended = once(child, 'exit').then(() => child.exitCode);
  for (let tries = 0; !said.includes('"ready"'); tries++) {
    if (child.exitCode !== null || tries > 600) throw new Error(`the executor did not start:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { pid: child.pid ?? 0, signal: (signal) => child.kill(signal), ended, said: () => said };
};

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createNetServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

export interface Target extends AsyncDisposable {
  readonly url: string;
  /** Every request that arrived: method, path and the headers that matter. */
  readonly seen: { readonly line: string; readonly authorization: string | undefined }[];
}

/** A service under test that answers everything, late when the path says how late: `/slow/500`. */
export const startTarget = async (): Promise<Target> => {
  const seen: Target['seen'] = [];
  const server: Server = createServer((request, response) => {
    seen.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization });
    const [, late = '0'] = /^\/slow\/(\d+)/.exec(request.url ?? '') ?? [];
    request.resume().once('end', () => {
      setTimeout(() => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ ok: true, path: request.url }));
        // An answer that nobody waits for any more keeps nothing alive.
      }, Number(late)).unref();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
