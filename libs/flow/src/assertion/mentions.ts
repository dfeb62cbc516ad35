// What assertions say about a result, without judging it.
import type { Span, Value } from '@testmesh/domain';
import type { Ast } from '../expression/ast.ts';
import { Evaluation, Missing } from '../expression/evaluation.ts';
import { evaluateAst } from '../expression/evaluator.ts';
import type { Expression } from '../expression/expression.ts';
import { type Mention, mentions, staticPath } from '../expression/names.ts';
import { caught } from '../expression/problem.ts';
import type { Scope } from '../model/scope.ts';
import { WHOLE_RESULT } from '../path/aliases.ts';
import { renderTemplate } from '../template/render.ts';
import type { Assertion } from './assertion.ts';

const expressionOf = ({ check }: Assertion): Expression => (check.kind === 'schema' ? check.subject : check.expression);

/** `response.status`, `result.status` and `$.status` are `status`. */
const resultPath = (path: readonly (string | number)[]): readonly (string | number)[] =>
  path[0] === '$' || WHOLE_RESULT.has(String(path[0])) ? path.slice(1) : path;

/** Whether some assertion looks at a key of the result: `status`, `error`. */
export const namesRoot = (assertions: readonly Assertion[], root: string): boolean =>
  assertions.some((assertion) =>
    mentions(expressionOf(assertion).ast).some((mention) => resultPath([mention.root, ...mention.path])[0] === root),
  );

/** Files named by `matches_schema_file` and `matches_xml_schema_file`, by path, and where they are named. */
export const schemaFiles = (assertions: readonly Assertion[]): ReadonlyMap<string, NamedSchema> =>
  new Map(
    assertions.flatMap(({ check, span }) =>
      check.kind === 'schema' && check.schema.kind === 'file'
        ? [[check.schema.path, { language: check.schema.language, span }] as const]
        : [],
    ),
  );

export interface NamedSchema {
  readonly language: 'json' | 'xml';
  readonly span: Span;
}

/** An equality between a path of the result and a value born in this run. */
export interface Correlation {
  readonly path: readonly (string | number)[];
  readonly value: Value;
  readonly expression: string;
}

/** Equalities that tell this run's messages from others. */
export const correlations = (
  assertions: readonly Assertion[],
  scope: Scope,
  isFresh: (name: string) => boolean,
): readonly Correlation[] =>
  assertions
    .filter(({ group, check }) => group === 'all' && check.kind === 'expression')
    .flatMap((assertion) => {
      const expression = expressionOf(assertion);
      return equalities(expression.ast).flatMap(({ left, right }) =>
        [
          [left, right],
          [right, left],
        ].flatMap(([side, other]) => correlated({ side, other, expression, assertion, scope, isFresh })),
      );
    });

type Equality = Extract<Ast, { kind: 'binary' }>;

const equalities = (ast: Ast): readonly Equality[] => {
  if (ast.kind === 'logic' && ast.operator === 'and') return [...equalities(ast.left), ...equalities(ast.right)];
  if (ast.kind === 'hyphenated') return equalities(ast.readings.whole);
  return ast.kind === 'binary' && ast.operator === '==' ? [ast] : [];
};

interface Candidate {
  readonly side: Ast | undefined;
  readonly other: Ast | undefined;
  readonly expression: Expression;
  readonly assertion: Assertion;
  readonly scope: Scope;
  readonly isFresh: (name: string) => boolean;
}

const correlated = ({ side, other, expression, assertion, scope, isFresh }: Candidate): readonly Correlation[] => {
  if (!side || !other) return [];
  const names = mentions(other);
  if (names.length === 0 || !names.some(({ root }: Mention) => isFresh(root))) return [];
  const path = side.kind === 'query' && side.query.kind === 'singular' ? side.query.segments : staticPath(side)?.names;
  if (!path || isFresh(String(path[0]))) return [];
  const outcome = caught(expression.text, () =>
    evaluateAst(other, new Evaluation(scope, expression.text, renderTemplate)),
  );
  if (!outcome.ok || outcome.value instanceof Missing) return [];
  return [{ path: resultPath(path), value: outcome.value, expression: assertion.text }];
};
