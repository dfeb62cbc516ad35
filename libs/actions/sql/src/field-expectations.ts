// The operators of postgresql.assert.
import {
  type AssertionRecord,
  canonicalJson,
  compareNumbers,
  isNumber,
  type Value,
  type ValueMap,
} from '@testmesh/domain';
import type { FieldExpectation } from './config.ts';

const isEqual = (left: Value, right: Value): boolean =>
  isNumber(left) && isNumber(right) ? compareNumbers(left, right) === 0 : canonicalJson(left) === canonicalJson(right);

/** Negative, zero or positive; undefined when the two cannot be put in order. */
const order = (left: Value, right: Value): number | undefined => {
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right);
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  return undefined;
};

const contains = (whole: Value, part: Value): boolean => {
  if (typeof whole === 'string') return typeof part === 'string' && whole.includes(part);
  return Array.isArray(whole) && whole.some((item: Value) => isEqual(item, part));
};

const ordered =
  (holds: (sign: number) => boolean) =>
  (left: Value, right: Value): boolean => {
    const sign = order(left, right);
    return sign !== undefined && holds(sign);
  };

const OPERATORS: Readonly<Record<FieldExpectation['operator'], (left: Value, right: Value) => boolean>> = {
  eq: isEqual,
  neq: (left, right) => !isEqual(left, right),
  gt: ordered((sign) => sign > 0),
  gte: ordered((sign) => sign >= 0),
  lt: ordered((sign) => sign < 0),
  lte: ordered((sign) => sign <= 0),
  contains,
  isNull: (left) => left === null,
  isNotNull: (left) => left !== null,
};

/** Judges one expectation; a column that is not there, or a query without rows, never passes. */
export const judgeField = (row: ValueMap | undefined, expectation: FieldExpectation): AssertionRecord => {
  const { field, operator, value } = expectation;
  const takesValue = operator !== 'isNull' && operator !== 'isNotNull';
  const expression = takesValue ? `${field} ${operator} ${JSON.stringify(value) ?? 'null'}` : `${field} ${operator}`;
  const record = { expression, group: 'implied', values: [] } as const;
  if (row === undefined) return { ...record, passed: false, message: 'the query returned no row' };
  if (!Object.hasOwn(row, field)) {
    return {
      ...record,
      passed: false,
      message: `the row has no column ${field}; it has ${Object.keys(row).join(', ')}`,
    };
  }
  const actual = row[field] ?? null;
  const passed = OPERATORS[operator](actual, value ?? null);
  return { ...record, passed, actual, ...(takesValue && { expected: value ?? null }) };
};
