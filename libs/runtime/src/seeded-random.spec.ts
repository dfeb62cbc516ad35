import { expect, test } from '@jest/globals';
import { seededRandom } from './seeded-random.ts';

const draws = (seed: string, count = 1000): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random.next);
};

test('the same seed repeats the same numbers, another one does not', () => {
  expect(draws('a')).toEqual(draws('a'));
  expect(draws('a')).not.toEqual(draws('b'));
});

test('numbers lie in [0, 1) and are spread evenly', () => {
  const numbers = draws('spread', 10_000);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  const low = numbers.filter((number) => number < 0.5).length;
  expect(Math.abs(low - 5000)).toBeLessThan(300);
});

test('uuids are version 4, variant 1, and differ', () => {
  const random = seededRandom('ids');
  const ids = Array.from({ length: 100 }, random.uuid);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(100);
});
