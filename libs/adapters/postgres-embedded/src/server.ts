import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedUnavailable, installBinaries } from './binaries.ts';
import { lockFolder } from './folder-lock.ts';

// A server of one's own. Invariants:
// P1. One process works on a data folder at a time; a server that a killed process left behind is stopped first.
// P2. What was committed is on the disk: no setting trades durability for speed.
// P3. Only this machine can connect, with a password that never leaves the data folder.

export interface EmbeddedSettings {
  /** Where data, programs and password are kept; made when absent. */
  readonly folder: string;
  readonly say?: (message: string) => void;
  /** Called when the server ends although nobody stopped it. */
  readonly onLost?: (reason: string) => void;
}

export interface EmbeddedPostgres {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const USER = 'testmesh';
const START_MS = 30_000;
const STOP_MS = 20_000;
const LAST_WORDS = 4_000;

// PostgreSQL refuses to run as root: it is given to `nobody`.
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const asUser = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** Starts the server of a folder, made first where there is none. */
export const startEmbeddedPostgres = async (settings: EmbeddedSettings): Promise<EmbeddedPostgres> => {
  const folder = resolve(settings.folder);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const lock = await lockFolder(folder);
  try {
    const bin = await installBinaries(join(folder, 'postgresql'));
    const data = join(folder, 'data');
    const password = await initialised(bin, folder, data, settings.say);
    await stopLeftover(data);
    const port = await freePort();
    const server = await start(bin, data, port, settings.onLost);
    const url = `postgresql://${USER}:${password}@127.0.0.1:${port}/postgres`;
    await untilItAnswers(url, server);
    return {
      url,
      stop: async () => {
        await server.stop();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
};

const initialised = async (
  bin: string,
  folder: string,
  data: string,
  say: EmbeddedSettings['say'],
): Promise<string> => {
  const passwordFile = join(folder, 'password');
  const known = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (known !== undefined) return readFile(passwordFile, 'utf8');
  say?.('making a new database');
  // What an interrupted first start left is no database yet.
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { mode: 0o700 });
  const password = randomBytes(24).toString('hex');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (isRoot) for (const path of [data, passwordFile]) await chown(path, NOBODY, NOBODY);
  const flags = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', `--username=${USER}`];
  const child = spawn(join(bin, 'initdb'), [`--pgdata=${data}`, `--pwfile=${passwordFile}`, ...flags], {
    cwd: '/',
    ...asUser,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const words = lastWordsOf(child);
  const end = await endOf(child);
  if (end !== 'code 0') throw notStarted(folder, `initdb ended with ${end}`, words());
  return password;
};

const start = async (bin: string, data: string, port: number, onLost: EmbeddedSettings['onLost']) => {
  const options = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
  const args = ['-D', data, '-p', String(port), ...options.flatMap((option) => ['-c', option])];
  const child = spawn(join(bin, 'postgres'), args, { cwd: '/', ...asUser, stdio: ['ignore', 'pipe', 'pipe'] });
  const words = lastWordsOf(child);
  const ended = endOf(child);
  const state = { stopping: false, over: undefined as string | undefined };
  void ended.then((how) => {
    state.over = how;
    if (!state.stopping) onLost?.(`PostgreSQL ended with ${how}: ${words()}`);
  });
  return {
    words,
    over: () => state.over,
    stop: async () => {
      state.stopping = true;
      // "fast": open sessions are ended, not waited for.
      child.kill('SIGINT');
      const late = sleep(STOP_MS, 'late' as const, { ref: false });
      if ((await Promise.race([ended, late])) === 'late') child.kill('SIGKILL');
      await ended;
    },
  };
};

type Server = Awaited<ReturnType<typeof start>>;

const untilItAnswers = async (url: string, server: Server): Promise<void> => {
  const deadline = performance.now() + START_MS;
  for (;;) {
    const over = server.over();
    if (over !== undefined) throw notStarted(url, `PostgreSQL ended with ${over} while starting`, server.words());
    try {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (performance.now() > deadline) {
        await server.stop();
        throw notStarted(url, `PostgreSQL did not answer in ${START_MS / 1000} s`, server.words(), error);
      }
      await sleep(25);
    }
  }
};

const notStarted = (_where: string, message: string, words: string, cause?: unknown): EmbeddedUnavailable => {
  const barred = isRoot && /permission denied/i.test(words);
  const help = barred
    ? 'as root, PostgreSQL runs as nobody: --data must name a folder whose parents every user may enter'
    : 'its last words stand above; DATABASE_URL can name another PostgreSQL server';
  return new EmbeddedUnavailable(`${message}\n${words}`.trim(), help, cause);
};

/** P1: the server of a process that was killed runs on; its own file in the data folder names it. */
const stopLeftover = async (data: string): Promise<void> => {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const [pid, folder] = text?.split('\n') ?? [];
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (pid === undefined || folder !== data || !command.includes(data)) return;
  process.kill(Number(pid), 'SIGINT');
  for (const deadline = performance.now() + STOP_MS; performance.now() < deadline; ) {
    if ((await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) === '') return;
    await sleep(50);
  }
  process.kill(Number(pid), 'SIGKILL');
};

const freePort = (): Promise<number> =>
  new Promise((resolvePort, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolvePort(port));
    });
  });

const lastWordsOf = (child: ChildProcess): (() => string) => {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-LAST_WORDS);
    });
  }
  return () => text.trim();
};

const endOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolveEnd) => {
    child.once('error', (error) => resolveEnd(error.message));
    child.once('exit', (code, signal) => resolveEnd(code === null ? `signal ${signal}` : `code ${code}`));
  });
