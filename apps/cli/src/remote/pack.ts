import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileMentions } from '@testmesh/flow';
import { CommandEnd } from '../exit-code.ts';
import { isInside } from '../run/prepare-flows.ts';

// What is sent with a run: the flow and every file that it, or a file it names, mentions by a fixed path.
// B1. Nothing outside the project is ever read, let alone sent; links are followed only within it.
// B2. A file that is not there is left out: the server says, as the local run would, where the flow misses it.

/** Path in the project → the file's bytes, UTF-8 as text and anything else in base64. */
type PackedFiles = Readonly<Record<string, string | { readonly base64: string }>>;

export interface Pack {
  readonly entry: string;
  readonly files: PackedFiles;
}

const MAX_BYTES = 8 * 1024 * 1024;

/** Packs a flow; `base` is the folder that paths are relative to, at or below the project's `root`. */
export const packFlow = async (entry: string, base: string, root: string): Promise<Pack> => {
  const files: Record<string, string | { readonly base64: string }> = {};
  const waiting = [resolve(base, entry)];
  let bytes = 0;
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const name = relative(base, file).split(sep).join('/');
    if (Object.hasOwn(files, name) || !(await isProjectFile(file, root))) continue;
    if (name.startsWith('../')) throw outside(name, base);
    const content = await readFile(file);
    bytes += content.length;
    if (bytes > MAX_BYTES) throw tooLarge(entry);
    const text = textOf(content);
    files[name] = text ?? { base64: content.toString('base64') };
    if (text !== undefined) waiting.push(...(await mentioned(name, text, dirname(file), root)));
  }
  return { entry: relative(base, resolve(base, entry)).split(sep).join('/'), files };
};

const mentioned = async (name: string, text: string, folder: string, root: string): Promise<readonly string[]> => {
  if (/\.proto$/.test(name))
    return [...text.matchAll(/^\s*import\s+(?:public\s+|weak\s+)?"([^"]+)"/gm)].map(([, path = '']) =>
      resolve(folder, path),
    );
  if (/\.xsd$/.test(name))
    return [...text.matchAll(/\sschemaLocation\s*=\s*["']([^"':]+)["']/g)].map(([, path = '']) =>
      resolve(folder, path),
    );
  if (!/\.ya?ml$/.test(name)) return [];
  const { paths, globs } = fileMentions(text);
  return [...paths.map((path) => resolve(folder, path)), ...(await found(globs, folder, root))];
};

const found = async (globs: readonly string[], folder: string, root: string): Promise<readonly string[]> => {
  if (globs.length === 0) return [];
  const { glob } = await import('tinyglobby');
  const paths = await glob([...globs], {
    cwd: folder,
    absolute: true,
    followSymbolicLinks: false,
    ignore: ['**/node_modules/**'],
  });
  return paths.filter((path) => isInside(path, root));
};

const isProjectFile = async (file: string, root: string): Promise<boolean> => {
  if (!isInside(file, root)) return false;
  const real = await realpath(file).catch(() => undefined);
  return real !== undefined && isInside(real, await realpath(root)) && (await stat(real)).isFile();
};

const textOf = (bytes: Buffer): string | undefined => {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : undefined;
};

const outside = (name: string, base: string): CommandEnd =>
  new CommandEnd(
    'usage',
    `${name} lies outside ${base}: start testmesh from the project's root to run this flow on a server`,
  );

const tooLarge = (entry: string): CommandEnd =>
  new CommandEnd(
    'usage',
    `the files that ${entry} names are more than ${MAX_BYTES / 1024 / 1024} MiB together: a run takes no more to a server`,
  );
