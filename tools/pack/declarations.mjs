// The types of a library for people who do not have its sources: its declarations and those of the libraries it names.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @type {(path: string) => string | undefined} the library and the file of a source: `domain/values/value` */
const placeOf = (path) => {
  const [, library, file] = /\/libs\/([^/]+)\/src\/(.+?)(?:\.d)?\.ts$/.exec(path) ?? [];
  return library === undefined ? undefined : `${library}/${file}`;
};

/**
 * Writes `FOLDER/LIBRARY/FILE.d.ts` for the entry and all that it reaches; other packages stay named as they are.
 * @type {(entry: string, folder: string) => Promise<void>}
 */
export const writeDeclarations = async (entry, folder) => {
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2024.d.ts', 'lib.esnext.collection.d.ts', 'lib.esnext.iterator.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    // What is found through node_modules is somebody else's, and nothing is written for it.
    paths: { '@testmesh/*': [`${root}libs/*/src/index.ts`] },
    strict: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
  });
  /** @type {Map<string, string>} */
  const emitted = new Map();
  program.emit(undefined, (path, text) => {
    const place = placeOf(path);
    if (place !== undefined) emitted.set(place, text);
  });
  for (const [place, text] of emitted) {
    const file = join(folder, `${place}.d.ts`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, named(text, place));
  }
};

/** @type {(text: string, place: string) => string} the same text with every import where the packed files lie */
const named = (text, place) =>
  text
    .replace(/(from '|import\(')@testmesh\/([a-z-]+)'/g, (_, before, library) => {
      const path = relative(dirname(place), `${library}/index.js`);
      return `${before}${path}'`;
    })
    .replace(/(from '|import\(')(\.[^']*)\.ts'/g, "$1$2.js'");
