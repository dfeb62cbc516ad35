import { bundleManifest } from '@testmesh/contracts';
import { parseJson } from '@testmesh/domain';
import { type ActionCatalogue, type Flow, readFlow } from '@testmesh/flow';
import type { BlobStore } from '@testmesh/ports';
import { RecentlyUsed } from '@testmesh/runtime';

/** What the server has to know of the flow that a bundle begins with. */
export interface EntryFlow {
  readonly text: string;
  /** What the flow marks as secret, and what it defines; undefined when its text is no flow. */
  readonly marks: Pick<Flow, 'secrets' | 'env'> | undefined;
}

export interface EntryFlowDeps {
  readonly blobs: Pick<BlobStore, 'get'>;
  readonly catalogue: ActionCatalogue;
}

/** A flow's text is a megabyte at most. */
const MOST_KEPT = 30;

/**
 * Reads each flow once: runs of one flow come in hundreds, and reading it was a quarter of what the server did for an agent.
 * A bundle is named by its content, so what was read of it is right for ever; what is not there is asked for again.
 */
export class EntryFlows {
  readonly #deps: EntryFlowDeps;
  readonly #read = new RecentlyUsed<Promise<EntryFlow | undefined>>(MOST_KEPT);

  constructor(deps: EntryFlowDeps) {
    this.#deps = deps;
  }

  async of(bundle: string | undefined): Promise<EntryFlow | undefined> {
    if (bundle === undefined) return undefined;
    const reading = this.#read.get(bundle) ?? entryFlow(this.#deps, bundle);
    this.#read.set(bundle, reading);
    try {
      const flow = await reading;
      if (flow === undefined) this.#read.delete(bundle);
      return flow;
    } catch (error) {
      this.#read.delete(bundle);
      throw error;
    }
  }
}

const entryFlow = async ({ blobs, catalogue }: EntryFlowDeps, bundle: string): Promise<EntryFlow | undefined> => {
  const manifest = await blobs.get(bundle);
  if (manifest === undefined) return undefined;
  const { entry, files } = bundleManifest.parse(parseJson(new TextDecoder().decode(manifest)));
  const bytes = await blobs.get(files[entry] ?? '');
  if (bytes === undefined) return undefined;
  const text = new TextDecoder().decode(bytes);
  const { flow } = await readFlow({ file: entry, text }, catalogue);
  return { text, marks: flow && { secrets: flow.secrets, env: flow.env } };
};
