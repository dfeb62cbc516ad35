import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { firstKey } from '@testmesh/api';
import { Pool } from 'undici';
import { root } from '../workload.ts';
import type { Answered, Asked } from './reader.ts';
import type { Database } from './world.ts';

export interface Api extends AsyncDisposable {
  readonly port: number;
  /** Asks for one after another and reads each to its last byte; how long each took. */
  readonly read: (paths: readonly string[]) => Promise<readonly { readonly ms: number; readonly bytes: number }[]>;
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
  const ask = async (path: string, body: string): Promise<string> => {
    const answer = await client.request({
      method: 'POST',
      path: `/api/v1${path}`,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`POST ${path}: ${answer.statusCode} ${text.slice(0, 500)}`);
    return text;
  };
  return {
    port,
    read: async (paths) => {
      const reader = fork(join(import.meta.dirname, 'reader.ts'));
      reader.send({
        origin: `http://127.0.0.1:${port}`,
        authorization: `Bearer ${key}`,
        paths: paths.map((path) => `/api/v1${path}`),
      } satisfies Asked);
      const [answered] = (await once(reader, 'message')) as [Answered];
      if ('problem' in answered) throw new Error(answered.problem);
      return answered;
    },
    post: (path, body) => ask(path, JSON.stringify(body)),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      if (child.exitCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
};
