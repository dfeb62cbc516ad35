import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareNumbers, ExactNumber, isJsonNumber, isNumber, numberFromText } from './exact-number.ts';

/** A decimal as an exact fraction, which is what its digits mean. */
const fraction = (text: string): { mantissa: bigint; exponent: number } => {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', digits = ''] = mantissa.split('.');
  return { mantissa: BigInt(whole + digits), exponent: Number(exponent) - digits.length };
};

const compareExactly = (a: string, b: string): number => {
  const [x, y] = [fraction(a), fraction(b)];
  const low = Math.min(x.exponent, y.exponent);
  const difference = x.mantissa * 10n ** BigInt(x.exponent - low) - y.mantissa * 10n ** BigInt(y.exponent - low);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
const whole = fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,24}$/));
const exponent = fc.oneof(fc.integer({ min: -30, max: 30 }), fc.integer({ min: -340, max: 320 }));
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    whole,
    fc.option(digits(20)),
    fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e+', 'e-'), exponent)),
  )
  .map(([sign, int, fractional, power]) => {
    const suffix = power ? `${power[0]}${power[0].length > 1 ? Math.abs(power[1]) : power[1]}` : '';
    return `${sign}${int}${fractional === null ? '' : `.${fractional}`}${suffix}`;
  });

test('N1: a number is exact when, and only when, a double would change its value', () => {
  fc.assert(
    fc.property(numberText, (text) => {
      const number = numberFromText(text);
      const double = Number(text);
      const survives = Number.isFinite(double) && compareExactly(text, String(double)) === 0;
      return survives
        ? number === double || (number === 0 && double === 0)
        : number instanceof ExactNumber && number.text === text;
    }),
    { numRuns: 2000 },
  );
});

test('N2: numbers compare by value', () => {
  fc.assert(
    fc.property(numberText, numberText, (a, b) => {
      return Math.sign(compareNumbers(numberFromText(a), numberFromText(b))) === compareExactly(a, b);
    }),
    { numRuns: 2000 },
  );
});

test('N2: the spelling does not matter', () => {
  fc.assert(
    fc.property(numberText, fc.integer({ min: 0, max: 5 }), (text, zeros) => {
      const [mantissa = '', power] = text.split(/(?=[eE])/);
      const longer = `${mantissa}${mantissa.includes('.') ? '' : '.'}${'0'.repeat(zeros + 1)}${power ?? ''}`;
      return compareNumbers(new ExactNumber(text), new ExactNumber(longer)) === 0;
    }),
  );
});

test.each([
  ['9007199254740993', false],
  ['9007199254740992', true],
  ['900719925474099.37', false],
  ['1234567.1234567891', false],
  ['59.98', true],
  ['60.00', true],
  ['0.1000000000000000055511151231257827', false],
  ['1e400', false],
  ['1e-400', false],
  ['1.23456789e-320', false],
  ['1e23', true],
  ['-0', true],
])('%s survives a double: %s', (text, survives) => {
  expect(typeof numberFromText(text) === 'number').toBe(survives);
});

test('what is a number in JSON', () => {
  expect(['0', '-1', '1.5', '1e5', '-0.0E-7'].every(isJsonNumber)).toBe(true);
  expect(['', '01', '1.', '.5', '+1', '1e', 'NaN', ' 1', '1 ', '0x1', '1_000'].some(isJsonNumber)).toBe(false);
  expect([1, new ExactNumber('1')].every(isNumber)).toBe(true);
  expect(['1', null, true, 1n].some(isNumber)).toBe(false);
});
