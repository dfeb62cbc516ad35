// What a step asserts, compiled: expressions, JSON Schema checks, and their place in the file. Judging is in `judge.ts`.
import type { Span, Value } from '@testmesh/domain';
import type { Expression } from '../expression/expression.ts';
import type { Template } from '../template/template-tree.ts';

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
  | { readonly kind: 'file'; readonly path: string; readonly language: 'json' | 'xml' };

/**
 * Checks a value against a schema; no findings means that it fits. An XML Schema is `{file, texts}`: its path and the text
 * of every file it includes, by path.
 */
export type SchemaCheck = (schema: Value, value: Value) => readonly SchemaFinding[];

interface SchemaFinding {
  readonly path: string;
  readonly message: string;
  /** Set when it is the schema that is at fault, not the value. */
  readonly ofSchema?: true;
}
