import { createHash } from 'node:crypto';
import type { BlobStore } from '@testmesh/ports';

/** Bodies by content, kept as long as the test. */
export const memoryBlobs = (): BlobStore & { readonly hashes: () => readonly string[] } => {
  const bodies = new Map<string, Uint8Array>();
  return {
    put: async (bytes) => {
      const hash = createHash('sha256').update(bytes).digest('hex');
      bodies.set(hash, bytes);
      return hash;
    },
    get: async (hash) => bodies.get(hash),
    hashes: () => [...bodies.keys()],
  };
};
