import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { extname } from 'node:path';
import { transform } from 'esbuild';

// An `import` of one of Node's own modules makes a copy of all it exports, and reading `http.WebSocket` or `crypto.webcrypto`
// for that copy loads thousands of lines that nobody asked for: 70 ms of a small program's start. Taken as a plain object,
// nothing is read but what is named; the heavy ones, where they are named as a whole, not before their first use.

const IMPORT = /^import\s+([^"';]+?)\s+from\s*["']([\w:/]+)["'];?/gm;
// Commander imports it for what the command line replaces by nothing.
const left = 'node:child_process';
const known = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]).filter((name) => name !== left));

// What most programs never come to use, and what takes longest to load.
const HEAVY = new Set(['http', 'https', 'http2', 'tls', 'zlib'].flatMap((name) => [name, `node:${name}`]));

/** @type {(binding: string, name: string) => string} */
const declaration = (binding, name) => {
  const load = `globalThis.process.getBuiltinModule(${JSON.stringify(name)})`;
  if (binding.startsWith('{') || !HEAVY.has(name)) return `const ${binding} = ${load};`;
  return `const ${binding} = new Proxy({}, { get: (_, key) => ${load}[key] });`;
};

/** @type {(clause: string) => readonly string[]} */
const bindings = (clause) => {
  const [, first = '', named = ''] = /^([^{]*?)(?:,\s*)?(\{[\s\S]*\})?$/.exec(clause.trim()) ?? [];
  const whole = first.replace(/^\*\s*as\s+/, '').trim();
  return [...(whole === '' ? [] : [whole]), ...(named === '' ? [] : [named.replaceAll(/\s+as\s+/g, ': ')])];
};

/** @type {(code: string) => string} */
const withoutImports = (code) =>
  code.replaceAll(IMPORT, (statement, clause, name) =>
    known.has(name)
      ? bindings(clause)
          .map((binding) => declaration(binding, name))
          .join(' ')
      : statement,
  );

/** @type {import('esbuild').Plugin} */
export const plainBuiltins = {
  name: 'plain-builtins',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.(?:ts|mjs|js)$/, namespace: 'file' }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!/^import[^"';]+["'](?:node:)?[a-z_/]+["']/m.test(source)) return undefined;
      const isTyped = extname(path) === '.ts';
      const { code } = isTyped ? await transform(source, { loader: 'ts', target: 'esnext' }) : { code: source };
      return { contents: withoutImports(code), loader: 'js' };
    });
  },
};
