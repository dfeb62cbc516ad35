// Bundles the CLI into dist/: one entry, one chunk per action family, so that start-up loads only what a flow names.
import { fileURLToPath } from 'node:url';
import { bundle } from '../../tools/bundling.mjs';
import { plainBuiltins } from '../../tools/plain-builtins.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

// What a small flow would spend much of its start on, and never uses.
const lean = {
  name: 'lean',
  setup: ({ onResolve, onLoad }) => {
    // http_request dispatches through an Agent and connects by itself; undici's index also loads fetch, WebSocket, caches and mocks.
    onResolve({ filter: /^undici$/ }, ({ importer }) =>
      importer.includes('libs/actions/http/') ? { path: 'undici-agent', namespace: 'lean' } : undefined,
    );
    // We speak HTTP/1.1 only, and Node's own HTTP/2 is as large as all of undici.
    onLoad({ filter: /undici\/lib\/dispatcher\/client-h2\.js$/ }, () => ({
      contents: "module.exports = () => { throw new Error('HTTP/2 is switched off'); };",
    }));
    // Commander can start subcommands as programs of their own; ours are functions.
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'no-child-process', namespace: 'lean' } : undefined,
    );
    onLoad({ filter: /^undici-agent$/, namespace: 'lean' }, () => ({
      contents: `export { default as Agent } from 'undici/lib/dispatcher/agent.js';
        export { default as buildConnector } from 'undici/lib/core/connect.js';`,
      resolveDir: here,
    }));
    onLoad({ filter: /^no-child-process$/, namespace: 'lean' }, () => ({ contents: 'export default {};' }));
  },
};

await bundle(here, { entryPoints: { testmesh: 'src/main.ts' }, plugins: [lean, plainBuiltins] });
