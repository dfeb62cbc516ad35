// Everything expensive is made once and kept outside the work tree, in a folder named by the hash of what it is made of.
import { createHash, randomBytes } from 'node:crypto';
import { access, chmod, mkdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { withLock } from './held.ts';

export const isRoot = process.getuid?.() === 0;

/** Root's cache, and the home of what there is once per machine: a Docker daemon, the package manager's lock. */
export const machineCache = '/var/cache/testmesh';

/**
 * The cache folder. PostgreSQL refuses to run as root and is run as `nobody` then, who cannot look into root's home:
 * root's cache therefore lies where everybody may enter.
 */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string => {
  if (env['TESTMESH_CACHE']) return path.resolve(env['TESTMESH_CACHE']);
  if (isRoot) return machineCache;
  return path.join(env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache'), 'testmesh');
};

export const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);

export const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

export const randomName = (): string => randomBytes(5).toString('hex');

export const lockPath = (cache: string, name: string): string => path.join(cache, 'locks', hashOf(name));

/** Makes `cache/name` once: `make` fills a folder that takes its name only when it is complete. */
export const madeOnce = async (
  cache: string,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> => {
  const finished = path.join(cache, name);
  if (await exists(finished)) return finished;
  return withLock(lockPath(cache, name), async () => {
    if (await exists(finished)) return finished;
    const draft = `${finished}.${randomName()}`;
    await mkdir(draft, { recursive: true });
    await chmod(draft, 0o755);
    try {
      await make(draft);
      await rename(draft, finished);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    return finished;
  });
};
