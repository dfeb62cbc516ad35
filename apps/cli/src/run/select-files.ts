import { readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { CommandEnd } from '../exit-code.ts';

export interface FlowFile {
  /** As a person would name it: relative to the working folder. */
  readonly file: string;
  readonly absolute: string;
  readonly text: string;
}

/** A flow among a folder's YAML files: `flow:` at the root, or a bare flow's `steps:`. */
const LOOKS_LIKE_A_FLOW = /^(?:flow|steps):/m;
const IGNORED = ['**/node_modules/**', '**/.testmesh/**', '**/.git/**'];
const MAGIC = /[*?[\]{}!]/;

/** The flow files that paths, folders and globs name, each once, in the order given and by name within a folder. */
export const selectFiles = async (paths: readonly string[], cwd: string): Promise<readonly FlowFile[]> => {
  const chosen = new Map<string, FlowFile>();
  for (const path of paths) {
    for (const found of await filesOf(path, cwd)) {
      if (!chosen.has(found.absolute)) chosen.set(found.absolute, found);
    }
  }
  if (chosen.size === 0) throw new CommandEnd('nothing_matched', `no flow matches ${paths.join(', ')}`);
  return [...chosen.values()];
};

const filesOf = async (path: string, cwd: string): Promise<readonly FlowFile[]> => {
  const absolute = resolve(cwd, path);
  const entry = await stat(absolute).catch(() => undefined);
  if (entry?.isFile()) return [await flowFile(absolute, cwd)];
  if (entry?.isDirectory()) return flowsIn(absolute, cwd);
  if (MAGIC.test(path)) return Promise.all((await glob(path, cwd)).map((found) => flowFile(found, cwd)));
  throw new CommandEnd('usage', `there is no file or folder ${path}`);
};

const flowsIn = async (folder: string, cwd: string): Promise<readonly FlowFile[]> => {
  const found = await Promise.all((await glob('**/*.{yaml,yml}', folder)).map((file) => flowFile(file, cwd)));
  return found.filter(({ text }) => LOOKS_LIKE_A_FLOW.test(text));
};

const glob = async (pattern: string, cwd: string): Promise<readonly string[]> => {
  const { glob: find } = await import('tinyglobby');
  const found = await find(pattern, { cwd, ignore: IGNORED, absolute: true, followSymbolicLinks: false });
  return found.sort();
};

const flowFile = async (absolute: string, cwd: string): Promise<FlowFile> => ({
  file: relative(cwd, absolute) || absolute,
  absolute,
  text: await readFile(absolute, 'utf8'),
});

/** The folder that files named by a flow must lie in: the repository's root, else the working folder's tree. */
export const projectRoot = async (from: string): Promise<string> => {
  for (let folder = resolve(from); ; folder = resolve(folder, '..')) {
    if (await stat(join(folder, '.git')).catch(() => undefined)) return folder;
    if (folder === resolve(folder, '..')) return resolve(from);
  }
};
