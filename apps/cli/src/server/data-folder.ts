import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where a server on this machine keeps everything, unless `--data` says otherwise (XDG Base Directory Specification). */
export const defaultDataFolder = (environment: NodeJS.ProcessEnv = process.env): string => {
  // As root, PostgreSQL runs as nobody, who may not enter root's home.
  if (process.getuid?.() === 0) return '/var/lib/testmesh';
  const base = environment['XDG_DATA_HOME'];
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.local/share'), 'testmesh');
};

/** The keys that secrets are encrypted with: the operator's, else this folder's own, made on the first start. */
export const keysOf = async (folder: string, given: string | undefined): Promise<string> => {
  if (given !== undefined && given !== '') return given;
  const file = join(resolve(folder), 'encryption-keys');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return kept.trim();
  const made = `k1:${randomBytes(32).toString('hex')}`;
  await mkdir(folder, { recursive: true });
  await writeFile(file, `${made}\n`, { mode: 0o600, flag: 'wx' });
  return made;
};
