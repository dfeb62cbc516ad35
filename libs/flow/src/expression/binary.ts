// Operators between two values that are there. Nothing converts; what cannot be compared or computed is a problem.
import { isNumber, type Value } from '@testmesh/domain';
import { isMap } from '../path/child.ts';
import { type Computed, compute } from './arithmetic.ts';
import type { Arithmetic, Ast, BinaryOperator } from './ast.ts';
import { equal, holds, order } from './comparison.ts';
import type { Evaluation } from './evaluation.ts';
import { describe, typeOf } from './value-text.ts';

type BinaryAst = Extract<Ast, { kind: 'binary' }>;

export const applyBinary = (
  operator: BinaryOperator,
  left: Value,
  right: Value,
  ast: BinaryAst,
  evaluation: Evaluation,
): Value => {
  switch (operator) {
    case '==':
      return equal(left, right);
    case '!=':
      return !equal(left, right);
    case '<':
      return ordered(left, right, ast, evaluation) < 0;
    case '<=':
      return ordered(left, right, ast, evaluation) <= 0;
    case '>':
      return ordered(left, right, ast, evaluation) > 0;
    case '>=':
      return ordered(left, right, ast, evaluation) >= 0;
    case 'in':
      return member(right, left, ast, evaluation);
    case 'contains':
      return member(left, right, ast, evaluation);
    case 'startsWith':
      return text(left, ast.left, ast, evaluation).startsWith(text(right, ast.right, ast, evaluation));
    case 'endsWith':
      return text(left, ast.left, ast, evaluation).endsWith(text(right, ast.right, ast, evaluation));
    default:
      return calculated(operator, left, right, ast, evaluation);
  }
};

const ordered = (left: Value, right: Value, ast: BinaryAst, evaluation: Evaluation): number => {
  const result = order(left, right);
  if (typeof result === 'number') return result;
  return evaluation.stop(
    ast,
    result.code,
    `${describe(left)} ${ast.operator} ${describe(right)} — ${result.why}`,
    result.help,
  );
};

const member = (whole: Value, item: Value, ast: BinaryAst, evaluation: Evaluation): boolean => {
  const found = holds(whole, item);
  if (found !== undefined) return found;
  const what =
    isMap(whole) || typeof whole === 'string'
      ? `a ${typeOf(whole)} holds texts, not ${describe(item)}`
      : `${describe(whole)} holds nothing`;
  return evaluation.stop(
    ast,
    'TM3103',
    `\`${ast.operator}\`: ${what}`,
    typeof whole === 'string' ? 'use string(x) if its digits are meant' : undefined,
  );
};

/** A side that must be a text. */
export const text = (value: Value, side: Ast, ast: Ast, evaluation: Evaluation): string => {
  if (typeof value === 'string') return value;
  return evaluation.stop(
    side,
    'TM3103',
    `\`${evaluation.sourceOf(ast)}\` needs texts, and \`${evaluation.sourceOf(side)}\` is ${describe(value)}`,
  );
};

const calculated = (operator: Arithmetic, left: Value, right: Value, ast: BinaryAst, evaluation: Evaluation): Value => {
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') return left + right;
  if (isNumber(left) && isNumber(right)) return settled(compute(operator, left, right), ast, evaluation);
  const help =
    typeof left === 'string' || typeof right === 'string'
      ? 'use number(x) if the text is a number, string(x) to join texts'
      : undefined;
  return evaluation.stop(
    ast,
    'TM3103',
    `${describe(left)} ${operator} ${describe(right)} — arithmetic needs two numbers`,
    help,
  );
};

/** The number, or the problem in its way. */
export const settled = (result: Computed, ast: Ast, evaluation: Evaluation): Value => {
  if (typeof result === 'object' && 'refused' in result) {
    return evaluation.stop(ast, 'TM3108', `\`${evaluation.sourceOf(ast)}\`: ${result.refused}`);
  }
  return result;
};
