import type { Span } from '@testmesh/domain';

/** A piece of a file's text as its author meant it (escapes and folding undone), that still knows where it stood. */
export interface Text {
  readonly value: string;
  /** The place in the file of `value.slice(start, end)`. */
  readonly span: (start: number, end: number) => Span;
}

/** Why an expression, a template or a path could not be read or worked out. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly span: Span;
  /** Short text behind the caret: "did you mean `user_id`?". */
  readonly suggestion?: string;
  readonly help?: string;
}

/** Either what was asked for or the problem in the way. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };
