import { expect, test } from '@jest/globals';
import { masterKeys } from './master-keys.ts';

const [one, two] = ['a'.repeat(64), 'B'.repeat(64)];

test('the first key seals, the others open', () => {
  const { current, keys } = masterKeys(`k2:${two}, k1:${one}`);
  expect(current).toBe('k2');
  expect([...keys].map(([id, key]) => [id, key.length])).toEqual([
    ['k2', 32],
    ['k1', 32],
  ]);
});

test.each([
  [undefined, 'is not set'],
  ['', 'is not set'],
  ['k1:abc', 'not ID:64 hex digits'],
  [one, 'not ID:64 hex digits'],
  [`k1:${one},k1:${two}`, 'names a key id twice'],
])('%s is refused without being shown', (text, why) => {
  expect(() => masterKeys(text)).toThrow(why);
  expect(() => masterKeys(text)).not.toThrow('aaaa');
});
