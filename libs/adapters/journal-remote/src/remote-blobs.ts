import { hash } from 'node:crypto';
import type { BlobStore } from '@testmesh/ports';
import type { RemoteRuns } from './remote-runs.ts';

const KEPT_BYTES = 32 * 1024 * 1024;

/** Bodies by content, of whichever run: what was read or put once is not asked for again. */
export class RemoteBlobs {
  readonly #runs: Pick<RemoteRuns, 'putBlob' | 'getBlob'>;
  readonly #most: number;
  readonly #kept = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(runs: Pick<RemoteRuns, 'putBlob' | 'getBlob'>, most = KEPT_BYTES) {
    this.#runs = runs;
    this.#most = most;
  }

  readonly get = async (name: string): Promise<Uint8Array | undefined> => {
    const known = this.#kept.get(name);
    if (known !== undefined) return known;
    const found = await this.#runs.getBlob(name);
    if (found === undefined) return undefined;
    const actual = hash('sha256', found);
    if (actual !== name) throw new Error(`the server answered with the body ${actual} where ${name} was asked for`);
    this.#keep(name, found);
    return found;
  };

  /** Bodies as one run stores them. */
  of(runId: string): BlobStore {
    return {
      get: this.get,
      put: async (bytes) => {
        const name = await this.#runs.putBlob(runId, bytes);
        this.#keep(name, Uint8Array.from(bytes));
        return name;
      },
    };
  }

  #keep(name: string, bytes: Uint8Array): void {
    if (this.#kept.has(name)) return;
    this.#kept.set(name, bytes);
    this.#bytes += bytes.length;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#bytes <= this.#most) return;
      this.#kept.delete(oldest);
      this.#bytes -= length;
    }
  }
}
