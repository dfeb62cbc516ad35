import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { root } from '../support/cli.ts';

// A block whose fence names a file is that file, whole.

const FENCE = /^```\w+ (\S+)\n([\s\S]*?)^```$/gm;
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const blocks = (page: string) => [...read(page).matchAll(FENCE)].map(([, path = '', text = '']) => ({ path, text }));

const sources = (folder: string): readonly string[] =>
  globSync(`${folder}/**/{*,.*}.*`, { cwd: root, exclude: (path) => path.includes('node_modules') });

describe.each([
  ['docs/write-a-plugin.md', 'examples/plugins/k8s-job', []],
  ['docs/ci.md', 'examples/ci', ['examples/ci/jenkins/Jenkinsfile']],
] as const)('%s', (page, folder, more) => {
  test.each(blocks(page))('prints $path as it is', ({ path, text }) => {
    expect(text).toBe(read(path));
  });

  test('prints every file of its example', () => {
    expect(
      blocks(page)
        .map(({ path }) => path)
        .sort(),
    ).toEqual([...sources(folder), ...more].sort());
  });
});
