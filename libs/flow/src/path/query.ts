import type { Value } from '@testmesh/domain';

/** A JSONPath, or a shorthand for one. A singular one gives a value, any other a list. */
export type Query =
  | { readonly kind: 'singular'; readonly segments: readonly (string | number)[] }
  | { readonly kind: 'many'; readonly segments: readonly (string | number)[]; readonly select: (from: Value) => readonly Value[] };
