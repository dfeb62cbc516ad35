import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { createSecureServer, type SecureServerOptions } from 'node:http2';
import { type AddressInfo, connect, type Server as NetServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { firstKey } from '@testmesh/api';
import { systemClock } from '@testmesh/runtime';
import { masterKeys, openStorage } from '@testmesh/service-kit';
import { Client } from 'pg';
import { startMember } from '../../tools/cluster/member.ts';
import type { Member, ServiceName } from '../../tools/cluster/vocabulary.ts';
import { root } from './cli.ts';

// A server as processes, and agents that reach it as somebody in another network would.

type Body = Readonly<Record<string, unknown>>;

export interface SiteServer {
  readonly url: string;
  readonly port: number;
  readonly api: (method: string, path: string, body?: object) => Promise<Body>;
  /** Makes an agent and answers its id and token. */
  readonly agent: (name: string, pools: readonly string[]) => Promise<{ readonly id: string; readonly token: string }>;
  readonly stop: () => Promise<void>;
}

/** The API, the scheduler and the graph over a database of their own. */
export const startSiteServer = async (postgres: string): Promise<SiteServer> => {
  const name = `site_${randomBytes(5).toString('hex')}`;
  await onServer(postgres, `create database ${name}`);
  const database = new URL(postgres);
  database.pathname = `/${name}`;
  const env = {
    DATABASE_URL: database.href,
    TESTMESH_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('hex')}`,
    TESTMESH_HEALTH_PORT: '0',
    PORT: '0',
  };
  const key = await keyOf(env);
  const services: readonly ServiceName[] = ['api', 'scheduler', 'graph'];
  const starting = services.map((service) => startMember({ service, name: service, env, bundled: false }));
  const members: readonly Member[] = await Promise.all(starting);
  const url = members[0]?.url ?? '';
  const api: SiteServer['api'] = async (method, path, body) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Body);
  };
  return {
    url,
    port: Number(new URL(url).port),
    api,
    agent: async (agentName, pools) => {
      const { id, token } = await api('POST', '/agents', { name: agentName, pools });
      return { id: String(id), token: String(token) };
    },
    stop: async () => {
      await Promise.all(members.map((member) => member.kill('SIGTERM')));
      await onServer(postgres, `drop database ${name} with (force)`);
    },
  };
};

const onServer = async (url: string, statement: string): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
};

const keyOf = async (env: Readonly<Record<string, string>>): Promise<string> => {
  const keys = masterKeys(env['TESTMESH_ENCRYPTION_KEYS']);
  const url = env['DATABASE_URL'] ?? '';
  const storage = await openStorage({ url, keys, clock: systemClock, connections: 1, onLost: () => undefined });
  try {
    return (await firstKey(storage)) ?? '';
  } finally {
    await storage.close();
  }
};

export interface RunningAgent {
  readonly pid: number;
  readonly said: () => string;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<number | null>;
}

const program = join(root, 'apps/site-agent/src/main.ts');

/** `testmesh-agent COMMAND` to its end; what it printed. */
export const agentCommand = async (
  command: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly said: string }> => {
  const { child, said } = launch(command, env);
  await once(child, 'close');
  return { code: child.exitCode, said: said() };
};

/** An agent as a process, ready when it says so. */
export const startAgent = async (env: Readonly<Record<string, string>>): Promise<RunningAgent> => {
  const { child, said } = launch('run', env);
  const ended = once(child, 'close').then(() => child.exitCode);
  while (!said().includes('"ready"')) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the agent did not start:\n${said()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { pid: child.pid ?? 0, said, signal: (signal) => void child.kill(signal), ended };
};

const launch = (command: string, env: Readonly<Record<string, string>>) => {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [program, command], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  }
  return { child, said: () => text };
};

const LISTENING = '0A';

/** Sockets that a process listens on, as `/proc` has them. */
export const listeningSockets = (pid: number): readonly string[] => {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1] ?? [],
    ),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === LISTENING && inodes.has(inode ?? ''))
      .map(([, address = '']) => address),
  );
};

/** A descriptor may be closed between the listing and the look at it. */
const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};

export interface Between extends AsyncDisposable {
  readonly port: number;
  readonly connections: () => number;
}

/** An HTTP proxy that knows CONNECT alone, asks for `user:password`, and finds every name on this machine. */
export const startConnectProxy = async (login: string): Promise<Between> => {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', ({ headers, url = '' }, client: Socket) => {
    if (headers['proxy-authorization'] !== `Basic ${Buffer.from(login).toString('base64')}`) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    connections += 1;
    const upstream = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => socket.destroy()));
  });
  return between(server, sockets, () => connections);
};

/** What stands before servers: TLS and HTTP/2, and nothing older, in front of a port of this machine that speaks HTTP/1.1. */
export const startHttp2Front = async (port: number, options: SecureServerOptions): Promise<Between> => {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createSecureServer({ ...options, allowHTTP1: false }, (request, response) => {
    const {
      ':method': method,
      ':path': path,
      ':scheme': _scheme,
      ':authority': _authority,
      ...headers
    } = request.headers;
    const upstream = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      const { connection: _connection, 'keep-alive': _kept, 'transfer-encoding': _encoding, ...own } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, own);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  });
  server.on('session', () => {
    connections += 1;
  });
  server.on('secureConnection', (socket) => sockets.add(socket.on('error', () => socket.destroy())));
  return between(server, sockets, () => connections);
};

const between = async (
  server: NetServer,
  sockets: ReadonlySet<Socket>,
  connections: () => number,
): Promise<Between> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
};
