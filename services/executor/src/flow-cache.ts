import { type ActionCatalogue, type Flow, readFlow } from '@testmesh/flow';
import { RunUnloadable } from '@testmesh/runtime';
import type { Bundle } from './bundle.ts';

// Flows that were read once. A bundle is named by its content, so what was read of it is right for ever; runs of one flow
// come in hundreds, and reading a flow costs as much as carrying out a part of it.

export interface FlowCacheOptions {
  /** Characters of flow texts kept; a flow in memory takes some dozen times its text. */
  readonly mostCharacters?: number;
}

/** Whose flow it is: a bundle, and the actions that are known to who asks. */
interface FlowSource {
  /** Of the bundle. */
  readonly hash: string;
  readonly bundle: Bundle;
  readonly catalogue: ActionCatalogue;
}

interface Kept {
  readonly flow: Promise<Flow>;
  characters: number;
}

export class FlowCache {
  readonly #most: number;
  readonly #kept = new Map<string, Kept>();
  #characters = 0;

  constructor({ mostCharacters = 2_000_000 }: FlowCacheOptions = {}) {
    this.#most = mostCharacters;
  }

  /** The flow at a path of the bundle; rejects with `RunUnloadable` when it is none. What could not be read is not kept. */
  flowAt({ hash, bundle, catalogue }: FlowSource, path: string): Promise<Flow> {
    const key = `${hash} ${path}`;
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known.flow;
    }
    const kept: Kept = { flow: read(path, bundle, catalogue), characters: 0 };
    this.#kept.set(key, kept);
    kept.flow.then(
      ({ text }) => this.#count(key, kept, text.length),
      () => this.#forget(key, kept),
    );
    return kept.flow;
  }

  #count(key: string, kept: Kept, characters: number): void {
    if (this.#kept.get(key) !== kept) return;
    kept.characters = characters;
    this.#characters += characters;
    for (const [longestUnused, old] of this.#kept) {
      if (this.#characters <= this.#most) return;
      this.#forget(longestUnused, old);
    }
  }

  #forget(key: string, kept: Kept): void {
    if (this.#kept.get(key) !== kept) return;
    this.#kept.delete(key);
    this.#characters -= kept.characters;
  }
}

const read = async (path: string, bundle: Bundle, catalogue: ActionCatalogue): Promise<Flow> => {
  const text = new TextDecoder().decode(await bundle.read(path));
  const { flow, diagnostics } = await readFlow({ file: path, text }, catalogue);
  const first = diagnostics.find(({ severity }) => severity === 'error');
  if (flow !== undefined && first === undefined) return flow;
  const [place, help] = [first && `:${first.span.line}:${first.span.column}`, first?.help && ` (${first.help})`];
  const what = `${first?.code ?? ''} ${first?.message ?? ''}${help ?? ''}`;
  throw new RunUnloadable(`${path}${place ?? ''} is not a valid flow: ${what}`);
};
