import { expect, test } from '@jest/globals';
import { compareNumbers, numberFromText } from '@testmesh/domain';
import fc from 'fast-check';
import { compute, isWhole, negated, rounded } from './arithmetic.ts';

const whole = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
const n = (value: bigint | string) => numberFromText(String(value));
const same = (a: ReturnType<typeof compute>, b: bigint | string): boolean =>
  (typeof a === 'number' || !('refused' in a)) && compareNumbers(a, n(b)) === 0;

test('A1: sums, differences, products and remainders are what integer arithmetic says, at any size', () => {
  fc.assert(
    fc.property(whole, whole, (a, b) => {
      expect(same(compute('+', n(a), n(b)), a + b)).toBe(true);
      expect(same(compute('-', n(a), n(b)), a - b)).toBe(true);
      expect(same(compute('*', n(a), n(b)), a * b)).toBe(true);
      if (b !== 0n) expect(same(compute('%', n(a), n(b)), a % b)).toBe(true);
    }),
  );
});

test('A1: decimals add up as on paper', () => {
  expect(compute('+', 0.1, 0.2)).toBe(0.3);
  expect(compute('*', 1.1, 1.1)).toBe(1.21);
  expect(compute('-', 100, 99.99)).toBe(0.01);
  expect(compute('%', 0.3, 0.1)).toBe(0);
  expect(compute('+', 1e21, 1)).toEqual(n('1000000000000000000001'));
});

test('A1: floor division rounds down on both sides of zero', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 1, max: 50 }), (a, b) => {
      expect(same(compute('//', a, b), String(Math.floor(a / b)))).toBe(true);
      expect(same(compute('//', a, -b), String(Math.floor(a / -b)))).toBe(true);
    }),
  );
});

test('A2: a division is exact where it can be, a double where both are, and refused where digits would go', () => {
  expect(compute('/', 10, 4)).toBe(2.5);
  expect(compute('/', 1, 3)).toBe(1 / 3);
  expect(compute('/', n('9007199254740993'), 1)).toEqual(n('9007199254740993'));
  expect(compute('/', n('9007199254740993'), 7)).toMatchObject({ refused: expect.any(String) });
  expect(compute('/', 1, 0)).toEqual({ refused: 'division by zero' });
  expect(compute('%', 1, 0)).toEqual({ refused: 'division by zero' });
});

test('A2: powers', () => {
  expect(compute('^', 2, 10)).toBe(1024);
  expect(compute('^', 10, 20)).toBe(1e20);
  expect(compute('^', 3, 40)).toEqual(n(3n ** 40n));
  expect(compute('^', 2, 0.5)).toBe(Math.SQRT2);
  expect(compute('^', 2, 1e6)).toMatchObject({ refused: expect.any(String) });
});

test('a number too long to work with is refused', () => {
  expect(compute('+', n('1e999999999'), 1)).toMatchObject({ refused: expect.stringContaining('digits') });
  expect(rounded(n('1e999999999'), 'floor')).toMatchObject({ refused: expect.any(String) });
});

test('rounding goes to the nearest, half away from zero', () => {
  expect(rounded(2.5, 'round')).toBe(3);
  expect(rounded(-2.5, 'round')).toBe(-3);
  expect(rounded(1.005, 'round', 2)).toBe(1.01);
  expect(rounded(149, 'round', -2)).toBe(100);
  expect(rounded(-2.1, 'floor')).toBe(-3);
  expect(rounded(-2.9, 'ceil')).toBe(-2);
});

test('negation keeps digits, and there is no negative zero', () => {
  expect(negated(n('9007199254740993'))).toEqual(n('-9007199254740993'));
  expect(Object.is(negated(0), 0)).toBe(true);
});

test('whole numbers are told from others', () => {
  expect([isWhole(5), isWhole(5.5), isWhole(n('9007199254740993')), isWhole(n('0.12345678901234567891'))]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
