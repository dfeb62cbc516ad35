// Bundles the CLI into dist/: one entry, one chunk per action family, so that start-up loads only what a flow names.
import { chmod, rm } from 'node:fs/promises';
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
await chmod(`${here}dist/testmesh.mjs`, 0o755);
