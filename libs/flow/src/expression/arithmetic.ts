// Arithmetic that never rounds in silence: sums and products are decimal, as people do them (0.1 + 0.2 is 0.3).
// A1. `+`, `-`, `*`, `%`, `//` are exact. A2. `/` and `^` are exact where they can be; where not, doubles may be
// rounded as doubles are, but a number with more digits than a double holds is refused.
import { type AnyNumber, compareNumbers, ExactNumber, numberFromText } from '@testmesh/domain';
import type { Arithmetic } from './ast.ts';

/** Digits a result may have; beyond it somebody is testing us, not a service. */
const MAX_DIGITS = 2_000;

/** `digits × 10^-scale`. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

export type Computed = AnyNumber | { readonly refused: string };

export const compute = (operator: Arithmetic, left: AnyNumber, right: AnyNumber): Computed => {
  const quick = typeof left === 'number' && typeof right === 'number' ? inIntegers(operator, left, right) : undefined;
  if (quick !== undefined) return quick;
  const a = decimalOf(left);
  const b = decimalOf(right);
  if (!a || !b) return { refused: `the result has more than ${MAX_DIGITS} digits` };
  return inDecimals(operator, left, right, a, b);
};

const inIntegers = (operator: Arithmetic, left: number, right: number): number | undefined => {
  if (!Number.isSafeInteger(left) || !Number.isSafeInteger(right)) return undefined;
  const result =
    operator === '+' ? left + right : operator === '-' ? left - right : operator === '*' ? left * right : 0.5;
  return Number.isSafeInteger(result) ? result + 0 : undefined;
};

const inDecimals = (operator: Arithmetic, left: AnyNumber, right: AnyNumber, a: Decimal, b: Decimal): Computed => {
  if (operator === '^') return power(left, right, a, b);
  if (operator === '*') return numberOf({ digits: a.digits * b.digits, scale: a.scale + b.scale });
  const scale = Math.max(a.scale, b.scale);
  const x = a.digits * 10n ** BigInt(scale - a.scale);
  const y = b.digits * 10n ** BigInt(scale - b.scale);
  if (operator === '+') return numberOf({ digits: x + y, scale });
  if (operator === '-') return numberOf({ digits: x - y, scale });
  if (y === 0n) return { refused: 'division by zero' };
  if (operator === '%') return numberOf({ digits: x % y, scale });
  if (operator === '//') return numberOf({ digits: floorDivided(x, y), scale: 0 });
  return quotient(left, right, x, y);
};

const floorDivided = (x: bigint, y: bigint): bigint => {
  const truncated = x / y;
  return x % y !== 0n && x < 0n !== y < 0n ? truncated - 1n : truncated;
};

/** Exact when 30 decimals suffice; else the nearest double of two doubles. */
const quotient = (left: AnyNumber, right: AnyNumber, x: bigint, y: bigint): Computed => {
  const scaled = x * 10n ** 30n;
  if (scaled % y === 0n) return numberOf({ digits: scaled / y, scale: 30 });
  if (typeof left === 'number' && typeof right === 'number') return left / right;
  return { refused: 'the division does not come out even, and rounding would lose digits' };
};

const power = (left: AnyNumber, right: AnyNumber, a: Decimal, b: Decimal): Computed => {
  const isWhole = b.scale === 0 && b.digits >= 0n && b.digits <= 1_000n;
  const exponent = Number(b.digits);
  if (isWhole && a.digits.toString().length * exponent <= MAX_DIGITS) {
    return numberOf({ digits: a.digits ** b.digits, scale: a.scale * exponent });
  }
  const result = typeof left === 'number' && typeof right === 'number' ? left ** right : Number.NaN;
  return Number.isFinite(result) ? result : { refused: 'the power cannot be worked out without losing digits' };
};

const decimalOf = (number: AnyNumber): Decimal | undefined => {
  const [mantissa = '', exponent = '0'] = String(number).toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const scale = fraction.length - Number(exponent);
  if (Math.abs(scale) + whole.length > MAX_DIGITS) return undefined;
  const digits = BigInt(whole + fraction);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
};

const numberOf = ({ digits, scale }: Decimal): AnyNumber => {
  const sign = digits < 0n ? '-' : '';
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  return numberFromText(digits === 0n ? '0' : `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`);
};

export const negated = (number: AnyNumber): Computed => (number === 0 ? 0 : compute('-', 0, number));

/** Towards the nearest (ties away from zero), down or up, at a number of decimals. */
export const rounded = (number: AnyNumber, how: 'round' | 'floor' | 'ceil', places = 0): Computed => {
  const decimal = decimalOf(number);
  if (!decimal) return { refused: 'the number is too large to round' };
  const drop = decimal.scale - places;
  if (drop <= 0) return number;
  const unit = 10n ** BigInt(drop);
  const down = floorDivided(decimal.digits, unit);
  const remainder = decimal.digits - down * unit;
  const isUp = how === 'ceil' ? remainder > 0n : how === 'round' && roundsUp(decimal.digits, remainder * 2n, unit);
  const digits = isUp ? down + 1n : down;
  return numberOf(places >= 0 ? { digits, scale: places } : { digits: digits * 10n ** BigInt(-places), scale: 0 });
};

const roundsUp = (digits: bigint, twice: bigint, unit: bigint): boolean =>
  twice > unit || (twice === unit && digits > 0n);

export const isWhole = (number: AnyNumber): boolean => {
  if (!(number instanceof ExactNumber)) return Number.isInteger(number);
  const floor = rounded(number, 'floor');
  return typeof floor === 'object' && 'refused' in floor ? false : compareNumbers(floor, number) === 0;
};
