import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { runTool } from '../infra/processes.ts';

// A disk of PostgreSQL's own that can be full. It is a tmpfs in a mount namespace of ours, so that nobody else sees it and
// nothing is left of it, however we end.

const IN_NAMESPACE = 'TESTMESH_CHAOS_NAMESPACE';
const ROOM = '3g';

/** Starts this program again where it may mount; undefined where it already is there, or may not. */
export const inOwnNamespace = async (): Promise<number | undefined> => {
  if (process.env[IN_NAMESPACE] !== undefined || process.getuid?.() !== 0) return undefined;
  const unshare = ['--mount', '--propagation', 'private'];
  const may = await runTool('unshare', [...unshare, 'mount', '-t', 'tmpfs', 'none', '/mnt']).then(
    () => true,
    () => false,
  );
  if (!may) return undefined;
  const again = [...unshare, process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn('unshare', again, { stdio: 'inherit', env: { ...process.env, [IN_NAMESPACE]: '1' } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
};

/** Why a disk cannot be filled here; undefined where it can. */
export const whyNoDisk = (): string | undefined =>
  process.env[IN_NAMESPACE] !== undefined
    ? undefined
    : 'mounting a small disk takes root and unshare(1) with the right to mount; neither is to be had here';

export interface SmallDisk {
  readonly fill: () => Promise<void>;
  readonly free: () => Promise<void>;
  readonly unmount: () => Promise<void>;
}

/** Puts a folder, whose server is stopped, on a disk of its own. */
export const onSmallDisk = async (folder: string): Promise<SmallDisk> => {
  const { uid, gid } = await stat(folder);
  const aside = `${folder}.aside`;
  await rename(folder, aside);
  await mkdir(folder);
  await runTool('mount', ['-t', 'tmpfs', '-o', `size=${ROOM},mode=0700,uid=${uid},gid=${gid}`, 'chaos', folder]);
  await runTool('cp', ['-a', `${aside}/.`, folder]);
  await rm(aside, { recursive: true });
  const resize = (size: string) => runTool('mount', ['-o', `remount,size=${size}`, folder]);
  return {
    fill: async () => {
      // Writers go on between the look and the remount: it is tried until nothing fits any more.
      for (let tries = 0; ; tries++) {
        const { blocks, bfree, bsize } = await statfs(folder);
        const used = (blocks - bfree) * bsize;
        try {
          await resize(String(used + 64 * 1024));
          return;
        } catch (error) {
          if (tries === 20) throw error;
        }
      }
    },
    free: async () => {
      await resize(ROOM);
    },
    unmount: async () => {
      await runTool('umount', ['--lazy', folder]);
    },
  };
};
