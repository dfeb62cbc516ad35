import { type AnyNumber, compareNumbers, isNumber, type Value, type ValueMap } from '@testmesh/domain';

/** Equality as assertions mean it: no conversion, numbers by value. */
export const sameValue = (a: Value, b: Value): boolean => {
  if (isNumber(a) || isNumber(b)) return isNumber(a) && isNumber(b) && compareNumbers(a, b) === 0;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  return sameMap(a as ValueMap, b as ValueMap);
};

const sameMap = (a: ValueMap, b: ValueMap): boolean => {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key] as Value, b[key] as Value))
  );
};

/** Order of two numbers or two texts. */
export const compareValues = (a: string | AnyNumber, b: string | AnyNumber): number => {
  if (typeof a === 'string' || typeof b === 'string') return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
  return compareNumbers(a, b);
};
