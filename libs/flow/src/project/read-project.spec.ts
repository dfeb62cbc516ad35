import { expect, test } from '@jest/globals';
import { readProject } from './read-project.ts';

const read = (text: string) => {
  const { plugins, diagnostics } = readProject({ file: 'testmesh.yaml', text });
  return {
    plugins: plugins.map(({ kind, name, span }) => [kind, name, span.line]),
    found: diagnostics.map(({ code, message, suggestion, span }) => [code, span.line, suggestion ?? message]),
  };
};

test('a plugin is a package, a path or an address, and each has its place', () => {
  const { plugins, found } = read(
    'plugins:\n  - "@acme/k8s"\n  - ./plugins/greet.mjs\n  - http://127.0.0.1:7000\n  - url: https://plugins.acme\n  - path: tools/x.mjs\n',
  );
  expect(found).toEqual([]);
  expect(plugins).toEqual([
    ['package', '@acme/k8s', 2],
    ['path', './plugins/greet.mjs', 3],
    ['url', 'http://127.0.0.1:7000', 4],
    ['url', 'https://plugins.acme', 5],
    ['path', 'tools/x.mjs', 6],
  ]);
});

test('a key that nobody knows is an error with the likely one', () => {
  expect(read('plugin:\n  - x\n').found).toEqual([['TM1101', 1, 'did you mean `plugins`?']]);
  expect(read('plugins:\n  - pakage: x\n').found).toContainEqual(['TM1101', 2, 'did you mean `package`?']);
});

test('what is no plugin is told where it stands', () => {
  const { found } = read('plugins:\n  - 5\n  - {}\n  - url: [1]\n  - {path: ./a, url: "http://b"}\n');
  expect(found.map(([code, line]) => [code, line])).toEqual([
    ['TM1103', 2],
    ['TM1102', 3],
    ['TM1103', 4],
    ['TM1102', 5],
  ]);
  expect(read('- plugins\n').found).toEqual([['TM1103', 1, expect.stringContaining('a map')]]);
  expect(read('plugins: x\n').found).toEqual([['TM1103', 1, expect.stringContaining('a list')]]);
});

test('keys of the project’s own begin with x-', () => {
  expect(read('x-team: payments\n')).toEqual({ plugins: [], found: [] });
});
