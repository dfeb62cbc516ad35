import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isTooDeep } from './json-depth.ts';

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

test('is how far lists and maps nest, whatever stands in texts', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\\"{}[\]]{0,8}$/));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      text,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(text, tie('value'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(value, fc.nat(7), (given, deepest) => {
      expect(isTooDeep(JSON.stringify(given), deepest)).toBe(depthOf(given) > deepest);
    }),
  );
});

test('a text that is no JSON has an end all the same', () => {
  expect(isTooDeep('"never closed \\"[[[[', 3)).toBe(false);
  expect(isTooDeep(`"${'\\'.repeat(100_000)}`, 3)).toBe(false);
  expect(isTooDeep('[[[['.repeat(1000), 100)).toBe(true);
});
