// A number that keeps its digits. Invariants:
// N1. An ExactNumber exists only where converting its text to a double and back would change the value.
// N2. Numbers compare by value, whatever their spelling: 60.00 equals 60, 1e2 equals 100.

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A decimal number beyond what a double holds, as the JSON text it was written with. */
export class ExactNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  /** The digits as written; JSON writers use `JSON.rawJSON` through `stringifyJson`. */
  toString(): string {
    return this.text;
  }
}

export type AnyNumber = number | ExactNumber;

export const isNumber = (value: unknown): value is AnyNumber =>
  typeof value === 'number' || value instanceof ExactNumber;

/** Whether the text is a number in JSON's grammar (RFC 8259 §6). */
export const isJsonNumber = (text: string): boolean => NUMBER.test(text);

const SMALLEST_NORMAL = 2 ** -1022;

/** The number a JSON number's text stands for; exact when a double would change it. */
export const numberFromText = (text: string): AnyNumber => {
  const double = Number(text);
  // Up to 15 significant digits survive the round trip, except where doubles thin out towards zero.
  if (text.length <= 15 && Number.isFinite(double) && Math.abs(double) >= SMALLEST_NORMAL) return double;
  if (Number.isFinite(double) && sameDecimal(decimal(text), decimal(String(double)))) return double;
  return new ExactNumber(text);
};

/** Negative, zero or positive, comparing by value. */
export const compareNumbers = (a: AnyNumber, b: AnyNumber): number => {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  return compareDecimals(decimal(String(a)), decimal(String(b)));
};

/** A decimal as `sign × 0.digits × 10^exponent`, without leading or trailing zeros in `digits`; zero has none. */
interface Decimal {
  readonly sign: 1 | -1;
  readonly digits: string;
  readonly exponent: number;
}

const decimal = (text: string): Decimal => {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const sign = mantissa.startsWith('-') ? -1 : 1;
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const all = whole + fraction;
  const leading = all.length - all.replace(/^0+/, '').length;
  const digits = all.slice(leading).replace(/0+$/, '');
  if (digits === '') return { sign: 1, digits, exponent: 0 };
  return { sign, digits, exponent: whole.length - leading + Number(exponent) };
};

const sameDecimal = (a: Decimal, b: Decimal): boolean => compareDecimals(a, b) === 0;

const compareDecimals = (a: Decimal, b: Decimal): number => {
  const signA = a.digits === '' ? 0 : a.sign;
  const signB = b.digits === '' ? 0 : b.sign;
  if (signA !== signB) return signA - signB;
  if (signA === 0) return 0;
  const magnitude = a.exponent !== b.exponent ? a.exponent - b.exponent : compareDigits(a.digits, b.digits);
  return magnitude * signA;
};

// Both are fractions after the same point, so text order is value order.
const compareDigits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
