import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { complete, missingFrom } from './complete-lock.mjs';

const lock = {
  packages: {
    'node_modules/fast': {
      version: '1.2.3',
      dev: true,
      optionalDependencies: { '@fast/linux-x64-musl': '1.2.3', '@fast/linux-x64': '1.2.3' },
    },
    'node_modules/@fast/linux-x64': { version: '1.2.3' },
  },
};

test('package-lock.json names the binaries of every platform (node tools/complete-lock.mjs adds them)', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../package-lock.json'), 'utf8');
  expect(missingFrom(JSON.parse(text)).map(({ name }) => name)).toEqual([]);
});

test('a missing binary is added for its platform, as optional as the package that asks for it', () => {
  expect(complete(lock).packages['node_modules/@fast/linux-x64-musl']).toEqual({
    version: '1.2.3',
    dev: true,
    optional: true,
    cpu: ['x64'],
    os: ['linux'],
    libc: ['musl'],
  });
  expect(missingFrom(complete(lock))).toEqual([]);
});

test('a range cannot be locked without having been seen', () => {
  const ranged = {
    packages: { 'node_modules/fast': { version: '1.0.0', optionalDependencies: { '@fast/darwin-x64': '^1.0.0' } } },
  };
  expect(() => complete(ranged)).toThrow('no exact version');
});
