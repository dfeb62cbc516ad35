// Conditions on a JSON body: `$.amount > 10`, `$.email contains "@example.com"`, `$.items[0].sku == 'a'`, `$.id exists`.
import { canonicalJson, compareNumbers, isNumber, parseJson, type Value } from '@testmesh/domain';
import { lookUp, segmentsOf } from './look-up.ts';

type Operator = '==' | '!=' | '>=' | '<=' | '>' | '<' | 'contains';

export interface Condition {
  readonly text: string;
  readonly holds: (body: Value) => boolean;
}

const FORM = /^\$(?:\.)?(\S*?)\s*(==|!=|>=|<=|>|<|\bcontains\b|\bexists\b)\s*(.*)$/;

/** Undefined when the text is no such condition. */
export const conditionOf = (text: string): Condition | undefined => {
  const [, path = '', operator, literal = ''] = FORM.exec(text.trim()) ?? [];
  const segments = path === '' ? [] : segmentsOf(path);
  if (operator === undefined || segments === undefined) return undefined;
  if (operator === 'exists')
    return literal === '' ? { text, holds: (body) => lookUp(body, segments) !== undefined } : undefined;
  const expected = literalOf(literal);
  if (expected === undefined) return undefined;
  return {
    text,
    holds: (body) => {
      const actual = lookUp(body, segments);
      return actual !== undefined && compare(actual, operator as Operator, expected);
    },
  };
};

const literalOf = (text: string): Value | undefined => {
  const single = /^'([^']*)'$/.exec(text);
  if (single) return single[1];
  try {
    return parseJson(text);
  } catch (error) {
    // Not a JSON literal, so not a condition.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

export const equal = (a: Value, b: Value): boolean =>
  isNumber(a) && isNumber(b) ? compareNumbers(a, b) === 0 : canonicalJson(a) === canonicalJson(b);

const compare = (actual: Value, operator: Operator, expected: Value): boolean => {
  if (operator === '==') return equal(actual, expected);
  if (operator === '!=') return !equal(actual, expected);
  if (operator === 'contains') {
    if (Array.isArray(actual)) return (actual as readonly Value[]).some((item) => equal(item, expected));
    return typeof actual === 'string' && typeof expected === 'string' && actual.includes(expected);
  }
  if (!isNumber(actual) || !isNumber(expected)) return false;
  const order = compareNumbers(actual, expected);
  if (operator === '>') return order > 0;
  if (operator === '<') return order < 0;
  return operator === '>=' ? order >= 0 : order <= 0;
};
