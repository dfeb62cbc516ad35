import type { Span } from '@testmesh/domain';

/** Something wrong with a file, found before anything was sent. */
export interface Diagnostic {
  /** A stable code, `TM1203`; `testmesh explain TM1203` tells more. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly span: Span;
  /** Short text that stands behind the caret: "did you mean `method`?". */
  readonly suggestion?: string;
  readonly help?: string;
}
