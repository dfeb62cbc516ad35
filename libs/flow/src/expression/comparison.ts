// Equality, order and membership. Nothing converts: "5" is not 5.
import { type AnyNumber, compareNumbers, isNumber, type Value } from '@testmesh/domain';
import { isList, isMap } from '../path/child.ts';

/** Equal by value: numbers by what they are worth, lists and maps part by part. */
export const equal = (a: Value, b: Value): boolean => {
  if (a === b) return true;
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0;
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, index) => equal(item, b[index] as Value));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(a[key] as Value, b[key] as Value))
  );
};

/** Negative, zero or positive; or why the two have no order. */
export type Order = number | { readonly code: string; readonly why: string; readonly help?: string };

const NUMERAL = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/;

export const order = (a: Value, b: Value): Order => {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (typeof a !== 'string' || typeof b !== 'string') {
    return { code: 'TM3103', why: 'only two numbers or two texts have an order', ...conversion(a, b) };
  }
  if (NUMERAL.test(a) && NUMERAL.test(b)) {
    return {
      code: 'TM3104',
      why: 'two texts that look like numbers are not put in order as texts',
      help: 'use number(x)',
    };
  }
  return orderOfTexts(a, b);
};

const conversion = (a: Value, b: Value): { help?: string } =>
  (isNumber(a) && typeof b === 'string') || (isNumber(b) && typeof a === 'string')
    ? { help: 'use number(x) if the text is meant' }
    : {};

const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[-+]\d\d:?\d\d)$/;

/** As text, except that two complete timestamps compare as moments, whatever their zone and precision. */
const orderOfTexts = (a: string, b: string): number => {
  const first = TIMESTAMP.exec(a);
  const second = first && TIMESTAMP.exec(b);
  if (!first || !second) return codeUnits(a, b);
  const seconds = Date.parse(`${first[1]}${first[3]}`) - Date.parse(`${second[1]}${second[3]}`);
  if (Number.isNaN(seconds)) return codeUnits(a, b);
  return seconds || codeUnits((first[2] ?? '').replace(/0+$/, ''), (second[2] ?? '').replace(/0+$/, ''));
};

const codeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether `item` is in `whole`; undefined when `whole` holds nothing of the kind. */
export const holds = (whole: Value, item: Value): boolean | undefined => {
  if (isList(whole)) return whole.some((element) => equal(element, item));
  if (typeof item !== 'string') return undefined;
  if (typeof whole === 'string') return whole.includes(item);
  return isMap(whole) ? Object.hasOwn(whole, item) : undefined;
};

export const smallest = (numbers: readonly AnyNumber[]): AnyNumber | undefined =>
  numbers.reduce<AnyNumber | undefined>(
    (least, next) => (least === undefined || compareNumbers(next, least) < 0 ? next : least),
    undefined,
  );

export const largest = (numbers: readonly AnyNumber[]): AnyNumber | undefined =>
  numbers.reduce<AnyNumber | undefined>(
    (most, next) => (most === undefined || compareNumbers(next, most) > 0 ? next : most),
    undefined,
  );
