import { posix } from 'node:path';
import { projectPath } from '@testmesh/contracts';
import { type ActionCatalogue, type Flow, readFlow, withNested } from '@testmesh/flow';

// The files of a run that came with its request: what a disk is to a local run.

export type Files = ReadonlyMap<string, Uint8Array>;

/** A path as a flow in `from` writes it, seen from the bundle's root; undefined when it leads out of it. */
export const beside = (from: string, path: string): string | undefined => {
  const joined = posix.normalize(posix.join(posix.dirname(from), path));
  return projectPath.safeParse(joined).success ? joined : undefined;
};

export const textOf = (files: Files, path: string | undefined): string | undefined => {
  const bytes = path === undefined ? undefined : files.get(path);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
};

/** Every flow that `run_flow` steps reach from a flow, by its path in the bundle. */
export const childFlows = async (
  flow: Flow,
  files: Files,
  catalogue: ActionCatalogue,
): Promise<ReadonlyMap<string, Flow>> => {
  const found = new Map<string, Flow>();
  const waiting = childPaths(flow);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const text = found.has(path) ? undefined : textOf(files, path);
    if (text === undefined) continue;
    const { flow: child } = await readFlow({ file: path, text }, catalogue);
    if (child === undefined) continue;
    found.set(path, child);
    waiting.push(...childPaths(child));
  }
  return found;
};

const childPaths = (flow: Flow): string[] =>
  [...flow.setup, ...flow.steps, ...flow.teardown].flatMap(withNested).flatMap((step) => {
    const path =
      step.kind === 'run_flow' && step.flow.kind === 'fixed' ? beside(flow.file, step.flow.value) : undefined;
    return path === undefined ? [] : [path];
  });
