import { expect, test } from '@jest/globals';
import { isBranchOf } from './branch-pattern.ts';

test.each([
  ['main', 'main', true],
  ['main', 'main2', false],
  ['main', 'Main', false],
  ['*', 'a/b/c', true],
  ['release/*', 'release/1.0', true],
  ['release/*', 'release/1.0/fix', false],
  ['release/*', 'release', false],
  ['release/**', 'release/1.0/fix', true],
  ['**/fix', 'release/1.0/fix', true],
  ['v?.*', 'v1.22', true],
  ['v?.*', 'v12.2', false],
  ['a.b', 'axb', false],
  ['feature/*-ui', 'feature/new-ui', true],
])('the pattern %s and the branch %s: %s', (pattern, branch, expected) => {
  expect(isBranchOf(pattern, branch)).toBe(expected);
});

test('a pattern of many stars takes no longer than one of few', () => {
  const began = performance.now();
  expect(isBranchOf('a*'.repeat(90), `${'a'.repeat(250)}b/`)).toBe(false);
  expect(performance.now() - began).toBeLessThan(1000);
});
