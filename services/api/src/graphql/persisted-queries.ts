import { createHash } from 'node:crypto';

// Automatic persisted queries: a client sends a hash, and the text with it once; from then on the hash is enough.
// What is kept is bounded, and belongs to nobody: a text says nothing that its hash does not.

const KEPT = 1000;
const MOST_CHARS = 50_000;

export type Asked =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refused'; readonly code: 'PersistedQueryNotFound' | 'PersistedQueryMismatch' | 'no-query' };

export class PersistedQueries {
  readonly #texts = new Map<string, string>();

  /** The text of a request: what it says, or what its hash stands for. */
  take(text: string | undefined, hash: string | undefined): Asked {
    if (hash === undefined) return text === undefined ? { kind: 'refused', code: 'no-query' } : { kind: 'text', text };
    if (text === undefined) return this.#known(hash);
    if (createHash('sha256').update(text).digest('hex') !== hash.toLowerCase()) {
      return { kind: 'refused', code: 'PersistedQueryMismatch' };
    }
    if (text.length <= MOST_CHARS) this.#keep(hash.toLowerCase(), text);
    return { kind: 'text', text };
  }

  #known(hash: string): Asked {
    const text = this.#texts.get(hash.toLowerCase());
    if (text === undefined) return { kind: 'refused', code: 'PersistedQueryNotFound' };
    this.#keep(hash.toLowerCase(), text);
    return { kind: 'text', text };
  }

  /** The one that was not used for the longest time makes room. */
  #keep(hash: string, text: string): void {
    this.#texts.delete(hash);
    this.#texts.set(hash, text);
    if (this.#texts.size > KEPT) this.#texts.delete(this.#texts.keys().next().value as string);
  }
}
