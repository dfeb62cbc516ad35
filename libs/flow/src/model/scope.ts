import type { Value } from '@testmesh/domain';
import type { Template } from '../template/template.ts';

/** What a name stands for: data is literal, a definition is rendered where it is used, `absent` says why a known name has no value. */
export type Meaning =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'definition'; readonly template: Template }
  | { readonly kind: 'absent'; readonly why: string };

/** What names mean at one moment of a run. */
export interface Scope {
  /** The meaning of a root name; `service.user-api` and step ids with hyphens are looked up whole. Undefined: nobody ever defined it. */
  readonly resolve: (name: string) => Meaning | undefined;
  /** Every name in scope, for "did you mean" and "in scope are". */
  readonly names: () => readonly string[];
  /** Values drawn afresh at each use: UUID, TIMESTAMP, RANDOM_INT …; the caller records what it gave. */
  readonly draw: (builtin: string, args: readonly Value[]) => Value;
}
