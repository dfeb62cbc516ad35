import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { firstKey } from '@testmesh/api';
import { Pool } from 'undici';
import { root } from '../workload.ts';
import type { Database } from './world.ts';

export interface Api extends AsyncDisposable {
  readonly port: number;
  /** Asks and reads the whole answer; how long that took. */
  readonly get: (path: string) => Promise<{ readonly ms: number; readonly bytes: number }>;
  readonly post: (path: string, body: unknown) => Promise<string>;
}

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
};

/** The API service as a process over a database. */
export const startApi = async (database: Database, env: Readonly<Record<string, string>> = {}): Promise<Api> => {
  const key = await firstKey(database.storage);
  const port = await freePort();
  const child = spawn(process.execPath, [join(root, 'services/api/src/main.ts')], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATABASE_URL: database.url,
      TESTMESH_ENCRYPTION_KEYS: database.encryptionKeys,
      TESTMESH_LOG_LEVEL: 'info',
      TESTMESH_REQUESTS_PER_MINUTE: '1000000',
      PORT: String(port),
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
    if (child.exitCode !== null || tries > 600) throw new Error(`the API did not start:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const client = new Pool(`http://127.0.0.1:${port}`, { connections: 1 });
  const ask = async (method: 'GET' | 'POST', path: string, body?: string): Promise<string> => {
    const answer = await client.request({
      method,
      path: `/api/v1${path}`,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 500)}`);
    return text;
  };
  return {
    port,
    get: async (path) => {
      const started = performance.now();
      const text = await ask('GET', path);
      return { ms: performance.now() - started, bytes: text.length };
    },
    post: (path, body) => ask('POST', path, JSON.stringify(body)),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      if (child.exitCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
};
