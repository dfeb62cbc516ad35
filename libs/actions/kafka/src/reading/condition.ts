// A condition on a message's JSON: a JSONPath of names and indexes, an operator, a literal.
import { type PathSegment, sameValue, valueAt } from '@testmesh/action-kit';
import { compareNumbers, isJsonNumber, isNumber, numberFromText, parseJson, type Value } from '@testmesh/domain';
import { parsePath } from './path.ts';

const OPERATORS = ['==', '!=', '>=', '<=', '>', '<', 'contains', 'starts_with', 'ends_with'] as const;
type Operator = (typeof OPERATORS)[number];

export interface Condition {
  readonly text: string;
  readonly path: readonly PathSegment[];
  readonly operator: Operator | 'exists';
  readonly literal: Value;
}

// The path ends where the first operator outside brackets and quotes begins.
const FORM =
  /^((?:[^\s=!<>'"[\]]|\[(?:'[^']*'|"[^"]*"|\d+)\])+)\s*(==|!=|>=|<=|>|<|contains|starts_with|ends_with|exists)\s*(.*)$/s;

/** `$.order_id == 'o-1'`, `items[0].quantity >= 2`, `$.note exists`. */
export const parseCondition = (text: string): Condition | { readonly problem: string } => {
  const [, left, operator, right] = FORM.exec(text.trim()) ?? [];
  const path = parsePath(left ?? text.trim());
  if (path === undefined || operator === undefined || right === undefined)
    return { problem: `"${text}" is not a condition; write it like $.order_id == 'o-1' or $.total > 5` };
  if (operator === 'exists')
    return right === ''
      ? { text, path, operator, literal: null }
      : { problem: `nothing belongs after exists: "${text}"` };
  const literal = parseLiteral(right);
  if (literal === undefined)
    return { problem: `"${right}" is not a value; texts stand in quotes, as in ${left} ${operator} 'o-1'` };
  return { text, path, operator: operator as Operator, literal };
};

const parseLiteral = (text: string): Value | undefined => {
  if (isJsonNumber(text)) return numberFromText(text);
  if (/^'[^']*'$/.test(text)) return text.slice(1, -1);
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
};

/** Whether the condition holds; a path that is not there holds for nothing. */
export const conditionHolds = ({ path, operator, literal }: Condition, value: Value): boolean => {
  const actual = valueAt(value, path);
  if (actual === undefined) return false;
  switch (operator) {
    case 'exists':
      return true;
    case '==':
      return sameValue(actual, literal);
    case '!=':
      return !sameValue(actual, literal);
    case 'contains':
      return Array.isArray(actual)
        ? actual.some((item: Value) => sameValue(item, literal))
        : textTest(actual, literal, 'includes');
    case 'starts_with':
      return textTest(actual, literal, 'startsWith');
    case 'ends_with':
      return textTest(actual, literal, 'endsWith');
    default:
      return ordered(actual, operator, literal);
  }
};

const textTest = (actual: Value, literal: Value, test: 'includes' | 'startsWith' | 'endsWith'): boolean =>
  typeof actual === 'string' && typeof literal === 'string' && actual[test](literal);

const ordered = (actual: Value, operator: '>' | '>=' | '<' | '<=', literal: Value): boolean => {
  const order = orderOf(actual, literal);
  if (order === undefined) return false;
  if (operator === '>') return order > 0;
  if (operator === '>=') return order >= 0;
  return operator === '<' ? order < 0 : order <= 0;
};

/** Two numbers or two texts have an order; nothing else has. */
const orderOf = (a: Value, b: Value): number | undefined => {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (typeof a !== 'string' || typeof b !== 'string') return undefined;
  return a < b ? -1 : Number(a > b);
};
