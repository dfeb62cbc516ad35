import type { AssertionRecord, Span, Value, ValueMap } from '@testmesh/domain';
import type { Expression } from '../expression/expression.ts';
import type { Node } from '../model/node.ts';
import type { Scope } from '../model/scope.ts';
import type { Problem } from '../model/text.ts';
import type { Template } from '../template/template.ts';

export type AssertionGroup = 'all' | 'any' | 'none';

export interface Assertion {
  readonly group: AssertionGroup;
  /** As the author wrote it. */
  readonly text: string;
  readonly span: Span;
  readonly check:
    | { readonly kind: 'expression'; readonly expression: Expression }
    | { readonly kind: 'schema'; readonly subject: Expression; readonly schema: SchemaSource };
  /** The author's own words for a failure. */
  readonly message?: Template;
}

export type SchemaSource =
  | { readonly kind: 'inline'; readonly schema: Template }
  | { readonly kind: 'file'; readonly path: string };

/** Checks a value against a JSON Schema; no findings means that it fits. */
export type SchemaCheck = (schema: Value, value: Value) => readonly { path: string; message: string }[];

export interface JudgeOptions {
  readonly schemaCheck?: SchemaCheck | undefined;
  /** The schemas of `schemaFiles`, read, by path. */
  readonly schemas?: ReadonlyMap<string, Value> | undefined;
}

export interface Judgement {
  readonly records: readonly AssertionRecord[];
  readonly holds: boolean;
  /** It does not hold, and only because paths are absent: "not yet" for a poll. */
  readonly onlyMissing: boolean;
  /** A defect of the flow itself, which nothing excuses. */
  readonly defect?: Problem;
}

export const compileAssertions = (
  _node: Node,
  _group: AssertionGroup,
): { readonly assertions: readonly Assertion[]; readonly problems: readonly Problem[] } => {
  throw new Error('not here yet');
};

export const judge = (_assertions: readonly Assertion[], _scope: Scope, _options: JudgeOptions): Judgement => {
  throw new Error('not here yet');
};

export const namesRoot = (_assertions: readonly Assertion[], _root: string): boolean => {
  throw new Error('not here yet');
};

/** Paths named by `matches_schema_file`. */
export const schemaFiles = (_assertions: readonly Assertion[]): readonly string[] => {
  throw new Error('not here yet');
};

/** Equalities that tell this run's messages from others: a path of the result against a value born in this run. */
export const correlations = (
  _assertions: readonly Assertion[],
  _scope: Scope,
  _isFresh: (name: string) => boolean,
): readonly { readonly path: readonly (string | number)[]; readonly value: Value; readonly expression: string }[] => {
  throw new Error('not here yet');
};

export interface ResultScopeInput {
  readonly result: ValueMap;
  readonly stepId: string;
  /** Other names of result keys: `count` → `row_count`. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly scope: Scope;
  readonly error?: ValueMap | undefined;
  /** Keys this action's result may have; one that it has not this time is absent, not undefined. */
  readonly declared?: readonly string[];
}

/** Names inside `assert`: this step's result keys · aliases · captured variables · step ids. */
export const resultScope = (_input: ResultScopeInput): Scope => {
  throw new Error('not here yet');
};
