import type { Span, Value } from '@testmesh/domain';
import type { Condition } from '../model/flow.ts';
import type { Scope } from '../model/scope.ts';
import type { Outcome, Problem, Text } from '../model/text.ts';
import type { Ast } from './ast.ts';

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

export interface Verdict {
  readonly holds: boolean;
  readonly missing: boolean;
  /** Names the path that is absent when `missing`. */
  readonly problem?: Problem;
}

export const parseExpression = (_text: Text): Outcome<Expression> => {
  throw new Error('not here yet');
};

/** A hyphenated word is one name unless `isKnown` denies it and knows its first part. */
export const rootNames = (
  _expression: Expression,
  _isKnown: (name: string) => boolean = () => true,
): readonly NameReference[] => {
  throw new Error('not here yet');
};

export const evaluate = (_expression: Expression, _scope: Scope): Outcome<Evaluated> => {
  throw new Error('not here yet');
};

/** The condition's truth; an absent path is a verdict of its own, because a wait reads it as "not yet". */
export const evaluateCondition = (_condition: Condition, _scope: Scope): Outcome<Verdict> => {
  throw new Error('not here yet');
};
