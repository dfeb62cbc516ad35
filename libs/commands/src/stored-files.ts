import type { BundleStore } from '@testmesh/ports';
import type { RequestDeps } from './deps.ts';
import type { Files } from './flow-files.ts';

export interface FlowFiles {
  /** The flow's path among the files. */
  readonly entry: string;
  readonly files: Files;
}

/** Puts files where a run finds them; the name of each by its path. */
export const keptFiles = async (
  blobs: Pick<BundleStore, 'putAll'>,
  files: Files,
): Promise<Readonly<Record<string, string>>> => {
  const names = await blobs.putAll([...files.values()]);
  return Object.fromEntries(Array.from(files.keys(), (path, at) => [path, names[at] as string]));
};

/** A stored flow and the files it names; undefined where the workspace does not have it. */
export const storedFiles = async (
  { flows, blobs }: Pick<RequestDeps, 'flows' | 'blobs'>,
  workspace: string,
  id: string,
): Promise<FlowFiles | undefined> => {
  const flow = await flows.byId(workspace, id);
  if (flow === undefined) return undefined;
  const files = new Map<string, Uint8Array>();
  for (const [path, hash] of flow.files ?? []) {
    const bytes = await blobs.get(hash);
    if (bytes === undefined) throw new Error(`${path} of the flow ${id} (${hash}) is not in the blob store`);
    files.set(path, bytes);
  }
  files.set(flow.file, Buffer.from(flow.text));
  return { entry: flow.file, files };
};
