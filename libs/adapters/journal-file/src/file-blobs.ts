import { hash, randomUUID } from 'node:crypto';
import { access, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobStore } from '@testmesh/ports';
import { syncFolder } from './sync-folder.ts';

const SHA256 = /^[0-9a-f]{64}$/;

/** Bodies by content: `folder/<sha256>`, complete and on the disk before the name exists. */
export const fileBlobs = (folder: string): BlobStore => ({
  put: async (bytes) => {
    const name = hash('sha256', bytes);
    const path = join(folder, name);
    if (await exists(path)) return name;
    await mkdir(folder, { recursive: true });
    const draft = `${path}.${randomUUID()}.draft`;
    const handle = await open(draft, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
    await syncFolder(folder);
    return name;
  },
  get: async (name) => {
    if (!SHA256.test(name)) return undefined;
    const path = join(folder, name);
    return (await exists(path)) ? readFile(path) : undefined;
  },
});

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
