import type { Ast } from '../expression/ast.ts';

const BOOLEAN_FUNCTIONS: ReadonlySet<string> = new Set(['all', 'any', 'one', 'none']);
/** Functions that may give a boolean back, because a list or a text held one. */
const OPEN_FUNCTIONS: ReadonlySet<string> = new Set(['first', 'last', 'find', 'from_json']);
const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '//', '%', '^']);

/** Whether an expression can come to true or false; what it is exactly is known only when it is judged. */
export const couldBeTrue = (ast: Ast): boolean => {
  switch (ast.kind) {
    case 'literal':
      return typeof ast.value === 'boolean';
    case 'text':
    case 'list':
    case 'map':
    case 'negative':
    case 'slice':
    case 'filter':
      return false;
    case 'binary':
      return !ARITHMETIC.has(ast.operator);
    case 'call':
      return BOOLEAN_FUNCTIONS.has(ast.function) || OPEN_FUNCTIONS.has(ast.function);
    case 'otherwise':
      return couldBeTrue(ast.left) && couldBeTrue(ast.right);
    case 'choice':
      return (ast.then === undefined || couldBeTrue(ast.then)) && couldBeTrue(ast.else);
    case 'default':
    case 'maybe':
      return couldBeTrue(ast.of);
    case 'hyphenated':
      return couldBeTrue(ast.readings.whole) || couldBeTrue(ast.readings.reading(() => false));
    default:
      return true;
  }
};
