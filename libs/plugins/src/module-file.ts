import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PluginIdentity } from '@testmesh/action-kit';
import * as z from 'zod';
import { type NamedPlugin, PluginProblem } from './plugin.ts';

// From what a project names to the file that is imported. A package is sought as Node seeks it, from the folder of
// testmesh.yaml, not from where TestMesh itself is installed.

export interface ModuleFile {
  readonly url: string;
  readonly identity: PluginIdentity;
}

const exported = z.json();
const manifestOf = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  main: z.string().optional(),
  exports: exported.optional(),
});
type Manifest = z.output<typeof manifestOf>;

export const moduleFile = async (source: NamedPlugin, base: string): Promise<ModuleFile> => {
  if (source.kind === 'package') return packageFile(source.name, base);
  const path = resolve(base, source.name);
  const entry = await stat(path).catch(() => undefined);
  if (entry?.isDirectory()) return folderFile(source.name, join(path, 'package.json'));
  if (entry?.isFile()) return { url: pathToFileURL(path).href, identity: await identityOfFile(path) };
  throw new PluginProblem(
    'TM6201',
    `the plugin ${source.name} cannot be found: there is no file or folder ${path}`,
    'the path begins at the folder that holds testmesh.yaml',
  );
};

const packageFile = async (name: string, base: string): Promise<ModuleFile> => {
  const found = packageManifest(name, base);
  if (found !== undefined) return folderFile(name, found);
  throw new PluginProblem(
    'TM6201',
    `the plugin ${name} cannot be found: no such package is installed in ${base} or above it`,
    `npm install --save-dev ${name}, or a path that begins with ./ if it is a file of the project`,
  );
};

const packageManifest = (name: string, base: string): string | undefined => {
  try {
    return findPackageJSON(name, pathToFileURL(join(base, 'testmesh.yaml')));
  } catch {
    // Node tells a package that is not there from one without a package.json by the kind of error alone.
    return undefined;
  }
};

const folderFile = async (name: string, path: string): Promise<ModuleFile> => {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) {
    const help = 'name the file itself, or give the folder a package.json with name, version and exports';
    throw new PluginProblem('TM6201', `the plugin ${name} cannot be found: ${dirname(path)} has no package.json`, help);
  }
  const manifest = parsed(name, path, text);
  const url = pathToFileURL(join(dirname(path), entryOf(manifest))).href;
  return { url, identity: { name: manifest.name ?? name, version: manifest.version ?? '0.0.0' } };
};

const parsed = (name: string, path: string, text: string): Manifest => {
  try {
    return manifestOf.parse(JSON.parse(text));
  } catch (cause) {
    const help = 'a package.json has name, version and exports';
    throw new PluginProblem('TM6203', `the plugin ${name} has no usable package.json: ${path}`, help, { cause });
  }
};

/** What `import` of the package would load. */
const entryOf = ({ exports, main }: Manifest): string => exportOf(exports) ?? main ?? 'index.js';

const CONDITIONS = ['node', 'import', 'module-sync', 'default'];

const exportOf = (exports: z.output<typeof exported> | undefined): string | undefined => {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null || Array.isArray(exports)) return undefined;
  for (const key of ['.', ...CONDITIONS]) {
    const found = Object.hasOwn(exports, key) ? exportOf(exports[key]) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
};

/** A lone file is known by its name, and its version is what stands in it. */
const identityOfFile = async (path: string): Promise<PluginIdentity> => {
  const owner = await owningPackage(path);
  if (owner !== undefined) return owner;
  const hash = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { name: basename(path), version: `sha256-${hash.slice(0, 12)}` };
};

/** The package whose entry the file is. */
const owningPackage = async (path: string): Promise<PluginIdentity | undefined> => {
  const text = await readFile(join(dirname(path), 'package.json'), 'utf8').catch(() => undefined);
  const manifest = text === undefined ? undefined : manifestOf.safeParse(JSON.parse(text)).data;
  if (manifest?.name === undefined || relative(dirname(path), path) !== join(entryOf(manifest))) return undefined;
  return { name: manifest.name, version: manifest.version ?? '0.0.0' };
};
