import type { Value } from '@testmesh/domain';
import type { Ast, TextPart } from '../expression/ast.ts';
import type { NameReference } from '../expression/expression.ts';
import type { Node } from '../model/node.ts';
import type { Scope } from '../model/scope.ts';
import type { Outcome, Problem, Text } from '../model/text.ts';

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

export const compileTemplate = (_node: Node): { readonly template: Template; readonly problems: readonly Problem[] } => {
  throw new Error('not here yet');
};

export const compileTextTemplate = (
  _text: Text,
): { readonly template: Template; readonly problems: readonly Problem[] } => {
  throw new Error('not here yet');
};

export const render = (_template: Template, _scope: Scope): Outcome<Value> => {
  throw new Error('not here yet');
};

export const templateNames = (
  _template: Template,
  _isKnown: (name: string) => boolean = () => true,
): readonly NameReference[] => {
  throw new Error('not here yet');
};

export const isConstant = (template: Template): boolean => template.kind === 'constant';

export const constantTemplate = (value: Value): Template => ({ kind: 'constant', value });

/** Deep merge of maps, `over` winning: an environment's overrides lie under the step's own config. */
export const mergeTemplates = (_under: Template, _over: Template): Template => {
  throw new Error('not here yet');
};
