import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { masterKeys } from '@testmesh/service-kit';
import { CommandEnd } from '../exit-code.ts';
import { makeFolder } from '../make-folder.ts';

/** Where a server on this machine keeps everything, unless `--data` says otherwise (XDG Base Directory Specification). */
export const defaultDataFolder = (environment: NodeJS.ProcessEnv = process.env): string => {
  // As root, PostgreSQL runs as nobody, who may not enter root's home.
  if (process.getuid?.() === 0) return '/var/lib/testmesh';
  const base = environment['XDG_DATA_HOME'];
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.local/share'), 'testmesh');
};

/** Ends the command unless the folder can be written to; it is made where it is not there. */
export const demandFolder = async (folder: string): Promise<void> => {
  try {
    await makeFolder(resolve(folder));
    await access(folder, constants.W_OK);
  } catch (error) {
    const help = 'name a folder that you may write to with --data';
    throw new CommandEnd('usage', `nothing can be kept in ${folder}: ${(error as Error).message}\n${help}`);
  }
};

const demandKeys = (keys: string, file: string): string => {
  try {
    masterKeys(keys);
    return keys;
  } catch (error) {
    throw new CommandEnd('usage', `${file} does not hold what it should: ${(error as Error).message}`);
  }
};

/** The keys that secrets are encrypted with: the operator's, else this folder's own, made on the first start. */
export const keysOf = async (folder: string, given: string | undefined): Promise<string> => {
  if (given !== undefined && given !== '') return given;
  const file = join(resolve(folder), 'encryption-keys');
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new CommandEnd('usage', `${file}, which holds the encryption keys, cannot be read: ${error.message}`);
  });
  if (kept !== undefined) return demandKeys(kept.trim(), file);
  const made = `k1:${randomBytes(32).toString('hex')}`;
  await mkdir(folder, { recursive: true });
  await writeFile(file, `${made}\n`, { mode: 0o600, flag: 'wx' });
  return made;
};
