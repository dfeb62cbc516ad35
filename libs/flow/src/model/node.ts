import type { Span, Value } from '@testmesh/domain';
import type { Text } from './text.ts';

// A YAML document after aliases and merge keys are resolved, with the place of every part.
export type Node = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  /** Typed by the YAML 1.2 core schema; numbers keep their digits. */
  readonly value: Value;
  /** The scalar's text with its positions; the way into templates and expressions. */
  readonly text: Text;
  /** Whether it was a plain scalar, which is where numbers and booleans come from. */
  readonly plain: boolean;
  readonly span: Span;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly Node[];
  readonly span: Span;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
  readonly span: Span;
}

export interface MapEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Node;
}
