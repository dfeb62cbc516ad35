// The folder that holds the data of one run of the infrastructure. Its claim lives as long as the supervisor: a folder
// nobody claims belongs to a supervisor that was killed, and is cleared away together with the servers it left.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exists, lockPath, randomName } from './cache.ts';
import { tryHold } from './held.ts';
import { pidFile, runTool } from './processes.ts';

export type RunFolder = { readonly folder: string; readonly remove: () => Promise<void> };

/** The process in the folder's pid file, if that process is still ours: a server's command line names its folder. */
const leftoverOf = async (pieceFolder: string): Promise<number | undefined> => {
  const file = path.join(pieceFolder, pidFile);
  if (!(await exists(file))) return undefined;
  const pid = (await readFile(file, 'utf8')).trim();
  const command = await runTool('ps', ['-o', 'command=', '-p', pid]).catch(() => '');
  return command.includes(pieceFolder) ? Number(pid) : undefined;
};

const endProcess = async (pid: number) => {
  process.kill(pid, 'SIGKILL');
  for (let waited = 0; waited < 5_000; waited += 50) {
    try {
      process.kill(pid, 0);
    } catch {
      return; // gone
    }
    await sleep(50);
  }
};

const clearLeftovers = async (runs: string, cache: string) => {
  for (const name of await readdir(runs)) {
    const folder = path.join(runs, name);
    const claim = await tryHold(lockPath(cache, folder));
    if (claim === undefined) continue;
    for (const piece of await readdir(folder)) {
      const pid = await leftoverOf(path.join(folder, piece));
      if (pid !== undefined) await endProcess(pid);
    }
    await rm(folder, { recursive: true, force: true });
    await claim.release();
  }
};

export const claimRunFolder = async (cache: string): Promise<RunFolder> => {
  const runs = path.join(cache, 'run');
  await mkdir(runs, { recursive: true });
  await clearLeftovers(runs, cache);
  const folder = path.join(runs, randomName());
  const claim = await tryHold(lockPath(cache, folder));
  if (claim === undefined) throw new Error(`${folder} is already claimed`);
  await mkdir(folder);
  return {
    folder,
    async remove() {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      await claim.release();
    },
  };
};
