import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CommandEnd } from '../exit-code.ts';
import { makeFolder } from '../make-folder.ts';

/** Sees to it, before a step has acted, that what a run records can be kept. */
export const prepareDataFolder = async (folder: string): Promise<void> => {
  const runs = resolve(folder, 'runs');
  const probe = join(runs, `.probe-${randomUUID()}`);
  try {
    await makeFolder(runs);
    await writeFile(probe, '', { flag: 'wx' });
    await rm(probe);
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw new CommandEnd('usage', `runs cannot be kept in ${folder} (${error.message}); name a folder with --data`);
  }
};

/** What ended a run whose record the file system took no more of: a full disk is no defect of ours. */
export const recordLost = (error: unknown, folder: string): unknown => {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!isRefused(cause)) return error;
  const text = `what a run did cannot be kept in ${folder} any more (${cause.message}), so the run was ended and proves nothing`;
  return new CommandEnd('usage', `${text}; make room there or name another folder with --data`);
};

const isRefused = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
