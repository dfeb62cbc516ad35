import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Another live process works on the data folder. */
export class DataFolderInUse extends Error {
  readonly pid: number;

  constructor(folder: string, pid: number) {
    super(`${folder} is in use by process ${pid}: stop that one first, or name another folder`);
    this.pid = pid;
  }
}

interface Holder {
  readonly pid: number;
  readonly born: string;
}

/** Takes a data folder for this process; a holder that is gone loses it. */
export const lockFolder = async (folder: string): Promise<{ readonly release: () => Promise<void> }> => {
  const file = join(folder, 'testmesh.lock');
  const me: Holder = { pid: process.pid, born: await bornOf(process.pid) };
  for (;;) {
    const handle = await open(file, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return undefined;
    });
    if (handle !== undefined) {
      await handle.writeFile(JSON.stringify(me));
      await handle.close();
      return { release: () => rm(file, { force: true }) };
    }
    const holder = await holderOf(file);
    if (holder !== undefined && (await isAlive(holder))) throw new DataFolderInUse(folder, holder.pid);
    await rm(file, { force: true });
  }
};

const holderOf = async (file: string): Promise<Holder | undefined> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    // Gone meanwhile, or torn by a crash while it was written: nobody holds it.
    return undefined;
  }
};

const isAlive = async ({ pid, born }: Holder): Promise<boolean> => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return (await bornOf(pid)) === born;
};

/** A process number is used again; together with its start (where /proc tells it) it is not. */
const bornOf = async (pid: number): Promise<string> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
};
