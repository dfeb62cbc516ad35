// Bundles the CLI into dist/: one entry, one chunk per action family, so that start-up loads only what a flow names.
import { chmod, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
await rm(`${here}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: { testmesh: 'src/main.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
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
  external: ['pg-native', 'cpu-features', '*.node'],
  // A crash quotes the line it happened on.
  lineLimit: 200,
  // Drivers written as CommonJS expect these names.
  banner: {
    js: [
      "import { createRequire as requireFrom } from 'node:module';",
      'const require = requireFrom(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;',
    ].join('\n'),
  },
  logLevel: 'warning',
});
await chmod(`${here}dist/testmesh.mjs`, 0o755);
