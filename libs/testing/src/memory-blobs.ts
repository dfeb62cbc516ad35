import { createHash } from 'node:crypto';
import type { BundleStore } from '@testmesh/ports';

/** Bodies by content, kept as long as the test. */
export const memoryBlobs = (): BundleStore & { readonly hashes: () => readonly string[] } => {
  const bodies = new Map<string, Uint8Array>();
  const put = async (bytes: Uint8Array): Promise<string> => {
    const hash = createHash('sha256').update(bytes).digest('hex');
    bodies.set(hash, bytes);
    return hash;
  };
  return {
    put,
    putAll: (all) => Promise.all(all.map(put)),
    get: async (hash) => bodies.get(hash),
    hashes: () => [...bodies.keys()],
  };
};
