import type { Value } from '@testmesh/domain';
import type { Ast, TextPart } from '../expression/ast.ts';
import type { Text } from '../model/text.ts';

/** A value of a flow file with its placeholders compiled. */
export type Template =
  | { readonly kind: 'constant'; readonly value: Value }
  /** One placeholder and nothing else: its value keeps its type. */
  | { readonly kind: 'whole'; readonly text: Text; readonly ast: Ast }
  | { readonly kind: 'text'; readonly text: Text; readonly parts: readonly TextPart[] }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'map'; readonly entries: readonly TemplateEntry[] };

export interface TemplateEntry {
  readonly key: string;
  /** Set when the key itself has placeholders in it. */
  readonly keyTemplate?: Template;
  readonly value: Template;
}
