// What an expression comes to whatever happens, told from its form alone.
import type { Scope } from '../model/scope.ts';
import { renderTemplate } from '../template/render.ts';
import type { Ast } from './ast.ts';
import { builtinNames } from './builtins.ts';
import { Evaluation, Missing } from './evaluation.ts';
import { evaluateAst } from './evaluator.ts';
import type { Expression } from './expression.ts';
import { mentions } from './names.ts';
import { plainText } from './plain-text.ts';
import { caught, trouble } from './problem.ts';

/** True or false when the expression is that whenever it can be worked out at all; undefined when it depends on something. */
export const verdictOf = ({ text, ast }: Expression): boolean | undefined => verdict(ast, text.value);

const verdict = (ast: Ast, text: string): boolean | undefined => {
  switch (ast.kind) {
    case 'not':
      return inverted(verdict(ast.of, text));
    case 'logic':
      return ofLogic(ast, text);
    case 'binary':
      return ofSame(ast, text) ?? constantOf(ast);
    case 'choice': {
      const otherwise = verdict(ast.else, text);
      return ast.then !== undefined && otherwise === verdict(ast.then, text) ? otherwise : constantOf(ast);
    }
    default:
      return constantOf(ast);
  }
};

const inverted = (verdict: boolean | undefined): boolean | undefined => (verdict === undefined ? undefined : !verdict);

const ofLogic = ({ operator, left, right }: Extract<Ast, { kind: 'logic' }>, text: string): boolean | undefined => {
  const sides = [verdict(left, text), verdict(right, text)];
  const decisive = operator === 'or';
  if (sides.includes(decisive)) return decisive;
  return sides.includes(undefined) ? undefined : !decisive;
};

const OF_SAME: Readonly<Record<string, boolean>> = {
  '==': true,
  '<=': true,
  '>=': true,
  '!=': false,
  '<': false,
  '>': false,
};

/** `a.b == a.b`: both sides are one thing. What is drawn afresh at each use is not. */
const ofSame = ({ operator, left, right }: Extract<Ast, { kind: 'binary' }>, text: string): boolean | undefined => {
  const written = text.slice(left.start, left.end);
  if (written !== text.slice(right.start, right.end) || written.includes('now')) return undefined;
  return mentions(left).some(({ root }) => builtinNames.has(root)) ? undefined : OF_SAME[operator];
};

/** The value of an expression that mentions nothing. */
const constantOf = (ast: Ast): boolean | undefined => {
  if (mentions(ast).length > 0) return undefined;
  const worked = caught(NO_TEXT, () => evaluateAst(ast, new Evaluation(NOTHING, NO_TEXT, renderTemplate)));
  if (!worked.ok || worked.value instanceof Missing) return undefined;
  return typeof worked.value === 'boolean' ? worked.value : undefined;
};

const NO_TEXT = plainText('');

const NOTHING: Scope = {
  resolve: () => undefined,
  names: () => [],
  draw: () => trouble(NO_TEXT, { start: 0, end: 0 }, { code: 'TM3101', message: 'nothing is drawn before the run' }),
};
