// The syntax tree of an expression. Read this file first; it has no behaviour.
// Offsets count in the `Text` the expression was read from, so every problem can point into the file.
import type { Value } from '@testmesh/domain';
import type { Query } from '../path/query.ts';
import type { Regex } from '../regex/regex.ts';

export interface Place {
  readonly start: number;
  readonly end: number;
}

type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type Arithmetic = '+' | '-' | '*' | '/' | '//' | '%' | '^';
type Membership = 'in' | 'contains';
type TextTest = 'startsWith' | 'endsWith';
export type BinaryOperator = Comparison | Arithmetic | Membership | TextTest;
export type ValueType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

/** A root name, read whole: `status`, `order_id`, `service.user-api`. */
type Name = Place & { readonly kind: 'name'; readonly name: string };

/** Literal text, or a placeholder `${…}` inside it. */
export type TextPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'placeholder'; readonly ast: Ast; readonly inUserInfo: boolean };

export type Ast =
  | (Place & { readonly kind: 'literal'; readonly value: Value })
  /** A quoted text with placeholders in it. */
  | (Place & { readonly kind: 'text'; readonly parts: readonly TextPart[] })
  | Name
  /** The element a filter or a list function is looking at: `#`, and what stands before `.x`. */
  | (Place & { readonly kind: 'element' })
  | (Place & {
      readonly kind: 'member';
      readonly of: Ast;
      readonly key: string;
      readonly keyStart: number;
      readonly optional: boolean;
    })
  | (Place & { readonly kind: 'index'; readonly of: Ast; readonly index: Ast; readonly optional: boolean })
  | (Place & {
      readonly kind: 'slice';
      readonly of: Ast;
      readonly from: Ast | undefined;
      readonly to: Ast | undefined;
    })
  | (Place & { readonly kind: 'filter'; readonly of: Ast; readonly keep: Ast })
  | (Place & { readonly kind: 'list'; readonly items: readonly Ast[] })
  | (Place & { readonly kind: 'map'; readonly entries: readonly { readonly key: string; readonly value: Ast }[] })
  | (Place & { readonly kind: 'not'; readonly of: Ast })
  | (Place & { readonly kind: 'negative'; readonly of: Ast })
  | (Place & {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Ast;
      readonly right: Ast;
    })
  | (Place & {
      readonly kind: 'matches';
      readonly of: Ast;
      /** Compiled when the pattern stands in the file. */
      readonly pattern: Ast;
      readonly regex: Regex | undefined;
    })
  | (Place & { readonly kind: 'logic'; readonly operator: 'and' | 'or'; readonly left: Ast; readonly right: Ast })
  | (Place & { readonly kind: 'otherwise'; readonly left: Ast; readonly right: Ast })
  | (Place & { readonly kind: 'choice'; readonly test: Ast; readonly then: Ast | undefined; readonly else: Ast })
  | (Place & { readonly kind: 'exists'; readonly of: Ast })
  | (Place & { readonly kind: 'is'; readonly of: Ast; readonly type: ValueType; readonly negated: boolean })
  | (Place & { readonly kind: 'call'; readonly function: string; readonly args: readonly Ast[] })
  /** A JSONPath over this step's result. */
  | (Place & { readonly kind: 'query'; readonly query: Query })
  /** A built-in drawn afresh: `UUID`, `RANDOM_INT(1, 6)`, `FAKER.name.firstName`. */
  | (Place & { readonly kind: 'draw'; readonly name: string; readonly args: readonly Ast[] })
  /** `${x:default}`: the value of a name, or what stands behind the colon where nothing has that name. */
  | (Place & { readonly kind: 'default'; readonly of: Ast; readonly default: Ast })
  /** `${x?}`: the value, or null. */
  | (Place & { readonly kind: 'maybe'; readonly of: Ast })
  /** Words with hyphens in them: one name each, or subtractions, whichever exists when it is evaluated. */
  | (Place & { readonly kind: 'hyphenated'; readonly readings: Readings });

/** How an expression with `a-b` in it may be read. */
export interface Readings {
  /** Every hyphenated word as one name. */
  readonly whole: Ast;
  readonly words: readonly HyphenatedWord[];
  /** The reading in which exactly the words at these offsets are names. */
  readonly reading: (areNames: (start: number) => boolean) => Ast;
}

export interface HyphenatedWord {
  readonly start: number;
  /** The names before it: `['place_order']` for `order-id` in `place_order.order-id`. */
  readonly before: readonly (string | number)[];
  readonly word: string;
}
