import type { Span, Value } from '@testmesh/domain';
import type { Condition } from '../model/flow.ts';
import type { Scope } from '../model/scope.ts';
import type { Outcome, Problem, Text } from '../model/text.ts';
import { renderTemplate } from '../template/render.ts';
import type { Ast } from './ast.ts';
import { Evaluation, Missing } from './evaluation.ts';
import { evaluateAst } from './evaluator.ts';
import { mentions } from './names.ts';
import { parseRange } from './parser.ts';
import { caught } from './problem.ts';
import { describe } from './value-text.ts';

/** An expression that was read, with the text it stands in. */
export interface Expression {
  readonly text: Text;
  readonly ast: Ast;
}

/** Where an expression or template refers to something by name. */
export interface NameReference {
  readonly name: string;
  readonly span: Span;
  /** What follows the name as long as it is written out: `['body', 'items', 0]`. */
  readonly path: readonly (string | number)[];
  /** Whether the author provides for its absence: `${x?}`, `${x:default}`, `x ?? y`. */
  readonly optional: boolean;
}

export type Evaluated =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'missing'; readonly what: string; readonly problem: Problem };

/** What a condition comes to. */
export interface ConditionVerdict {
  readonly holds: boolean;
  readonly missing: boolean;
  /** Names the path that is absent when `missing`. */
  readonly problem?: Problem;
}

export const parseExpression = (text: Text): Outcome<Expression> =>
  caught(text, () => ({ text, ast: parseRange(text, 0, text.value.length) }));

/** Every root name and what follows it; a hyphenated word is one name unless `isKnown` knows only its first part. */
export const rootNames = (
  { text, ast }: Expression,
  isKnown: (name: string) => boolean = () => true,
): readonly NameReference[] =>
  mentions(ast, isKnown).map(({ root, path, optional, start, end }) => ({
    name: root,
    path,
    optional,
    span: text.span(start, end),
  }));

export const evaluate = ({ text, ast }: Expression, scope: Scope): Outcome<Evaluated> =>
  caught(text, () => {
    const result = evaluateAst(ast, new Evaluation(scope, text, renderTemplate));
    if (!(result instanceof Missing)) return { kind: 'value', value: result };
    return { kind: 'missing', what: result.what, problem: result.problem() };
  });

/** The condition's truth; an absent path is a verdict of its own, because a wait reads it as "not yet". */
export const evaluateCondition = (condition: Condition, scope: Scope): Outcome<ConditionVerdict> => {
  const evaluated = evaluate(condition.expression, scope);
  if (!evaluated.ok) return isAbsence(evaluated.problem) ? notThere(evaluated.problem) : evaluated;
  const result = evaluated.value;
  if (result.kind === 'missing')
    return isAbsence(result.problem) ? notThere(result.problem) : { ok: false, problem: result.problem };
  if (typeof result.value === 'boolean') return { ok: true, value: { holds: result.value, missing: false } };
  const message = `the condition is ${describe(result.value)}, not true or false`;
  return { ok: false, problem: { code: 'TM3106', message, span: condition.span, help: 'compare it with something' } };
};

/** Whether a problem is a path that does not exist, as opposed to a name nobody defined. */
export const isAbsence = ({ code }: Problem): boolean => code === 'TM3102';

const notThere = (problem: Problem): Outcome<ConditionVerdict> => ({
  ok: true,
  value: { holds: false, missing: true, problem },
});
