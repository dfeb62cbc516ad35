import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { DataFolderInUse } from './folder-lock.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './server.ts';

let folder: string;
beforeAll(async () => {
  // As root the server runs as nobody, who may enter /var/tmp.
  folder = await mkdtemp('/var/tmp/testmesh-embedded-');
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const query = async (url: string, text: string): Promise<unknown[]> => {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
};

const started = (): Promise<EmbeddedPostgres> => startEmbeddedPostgres({ folder });

test('what was committed is there after a restart', async () => {
  const first = await started();
  await query(first.url, 'create table kept (n int)');
  await query(first.url, 'insert into kept values (1)');
  await first.stop();
  const second = await started();
  expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
  expect(await query(second.url, 'show fsync')).toEqual([{ fsync: 'on' }]);
  await second.stop();
}, 60_000);

test('P1: a second start on the same folder is refused and says who holds it', async () => {
  const first = await started();
  await expect(started()).rejects.toThrow(DataFolderInUse);
  await expect(started()).rejects.toThrow(`is in use by process ${process.pid}`);
  await first.stop();
}, 60_000);

const holder = `
const { startEmbeddedPostgres } = await import(${JSON.stringify(join(import.meta.dirname, 'server.ts'))});
await startEmbeddedPostgres({ folder: process.argv[1] });
console.log('up');
setInterval(() => {}, 1000);`;

// A process that ended and that nobody has reaped yet has no command line any more.
const isAlive = async (pid: number): Promise<boolean> =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== '';

test('P1: the server of a killed process is replaced, and nothing is lost', async () => {
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', holder, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (child.stdout) await once(child.stdout, 'data');
  const left = Number((await readFile(join(folder, 'data/postmaster.pid'), 'utf8')).split('\n')[0]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await isAlive(left)).toBe(true);
  const next = await started();
  expect(await isAlive(left)).toBe(false);
  expect(await query(next.url, 'select n from kept')).toEqual([{ n: 1 }]);
  await next.stop();
}, 60_000);
