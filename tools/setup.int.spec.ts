import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';

const root = path.resolve(import.meta.dirname, '..');
const limitMs = 120_000;

/** Given infrastructure is not ours to take down. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TESTMESH_INFRA_')));

let npm: ChildProcess | undefined;

/** `npm run infra` in a process group of its own, as a terminal starts it, and the first line it prints. */
const runInfra = async (...args: string[]): Promise<Record<string, string>> => {
  const child = spawn('npm', ['run', '--silent', 'infra', '--', ...args], {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  npm = child;
  const chunks: string[] = [];
  for await (const chunk of child.stdout) {
    chunks.push(String(chunk));
    if (chunks.join('').includes('\n')) break;
  }
  return JSON.parse(chunks.join('')) as Record<string, string>;
};

const answers = async (url: string): Promise<boolean> => {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return true;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
};

const isSilentSoon = async (url: string): Promise<boolean> => {
  for (let waited = 0; waited < 20_000; waited += 200) {
    if (!(await answers(url))) return true;
    await sleep(200);
  }
  return false;
};

const addressOf = (variables: Record<string, string>) => variables['TESTMESH_TEST_REDIS_URL'] ?? '';

afterEach(() => {
  if (npm?.exitCode === null && npm.signalCode === null) npm.kill('SIGKILL');
});

const startedRedis = async () => {
  const url = addressOf(await runInfra('--need', 'redis', '--json'));
  expect(await answers(url)).toBe(true);
  return url;
};

test(
  'npm run infra takes everything down on Ctrl-C, which reaches the whole process group',
  async () => {
    const url = await startedRedis();
    process.kill(-(npm?.pid ?? 0), 'SIGINT');
    expect(await isSilentSoon(url)).toBe(true);
  },
  limitMs,
);

test(
  'SIGKILL of npm itself leaves nothing running',
  async () => {
    const url = await startedRedis();
    npm?.kill('SIGKILL');
    expect(await isSilentSoon(url)).toBe(true);
  },
  limitMs,
);

test('an unknown command names those there are', () => {
  const run = () => execFileSync('node', ['tools/setup.mjs', 'nonsense'], { cwd: root, stdio: 'pipe' });
  expect(run).toThrow('there is no "nonsense"; there is test, check, suite, demo, infra, bench');
});
