import { matchesGlob, posix } from 'node:path';
import { type BundleManifest, bundleManifest } from '@testmesh/contracts';
import { parseJson } from '@testmesh/domain';
import type { BlobStore } from '@testmesh/ports';
import { RecentlyUsed, RunUnloadable } from '@testmesh/runtime';

/** The files of a run: what was uploaded with it and nothing else, whatever lies on this machine's disk. */
export interface Bundle {
  readonly entry: string;
  /** A path relative to the project; what is not in the bundle does not exist. */
  readonly read: (path: string) => Promise<Uint8Array>;
  readonly glob: (pattern: string) => Promise<readonly string[]>;
}

/** A manifest names 2,000 files at most. */
const MOST_OPEN = 50;

/** Bundles that were opened once: a hash names its content, so what was read of it is right for ever. */
export class Bundles {
  readonly #blobs: BlobStore;
  readonly #open = new RecentlyUsed<Promise<Bundle>>(MOST_OPEN);

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** As `openBundle`; what could not be opened is asked for again. */
  async open(hash: string): Promise<Bundle> {
    const opening = this.#open.get(hash) ?? openBundle(hash, this.#blobs);
    this.#open.set(hash, opening);
    try {
      return await opening;
    } catch (error) {
      this.#open.delete(hash);
      throw error;
    }
  }
}

/** Opens a bundle by its manifest's hash; rejects with `RunUnloadable` when the manifest is not there or not one. */
export const openBundle = async (hash: string, blobs: BlobStore): Promise<Bundle> => {
  const bytes = await blobs.get(hash);
  if (bytes === undefined) throw new RunUnloadable(`the run's bundle ${hash} is not in the blob store`);
  const manifest = manifestIn(bytes);
  const paths = Object.keys(manifest.files).sort();
  return {
    entry: manifest.entry,
    read: async (path) => {
      const name = posix.normalize(path);
      const content = Object.hasOwn(manifest.files, name) ? manifest.files[name] : undefined;
      if (content === undefined) throw notThere(name);
      const found = await blobs.get(content);
      if (found === undefined) throw new Error(`${name} (${content}) is not in the blob store`);
      return found;
    },
    glob: async (pattern) => paths.filter((path) => matchesGlob(path, posix.normalize(pattern))),
  };
};

const manifestIn = (bytes: Uint8Array): BundleManifest => {
  try {
    return bundleManifest.parse(parseJson(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new RunUnloadable(`the run's bundle cannot be read: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
};

// As a file system says it: actions tell a missing file from one that cannot be read by this code.
const notThere = (name: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`ENOENT: ${name} was not uploaded with the run`), { code: 'ENOENT', path: name });
