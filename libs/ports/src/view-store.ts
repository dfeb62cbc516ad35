import type { FeedCursor } from './feed.ts';

/** What a run reached for: an endpoint, a topic or a table. */
export interface ViewTarget {
  readonly action: string;
  readonly kind: 'endpoint' | 'topic' | 'table';
  readonly system: string;
  readonly name: string;
}

/** A stream's view after `ver`; `bytes` are canonical, `columns` what lists filter and sort by. */
export interface ViewChange {
  readonly stream: string;
  readonly ver: number;
  readonly columns: Readonly<Record<string, string | number | boolean | null>>;
  /** The whole view; absent while the stream is still growing and only its columns are kept. */
  readonly bytes?: Uint8Array;
  /** What was reached for, with the whole view. */
  readonly targets?: readonly ViewTarget[];
  /** The steps as a page lists them, JSON; kept and given out as it is, and read for figures over many runs. */
  readonly outline?: string;
  /** What it is found by, beside its columns: steps and what was wrong with them. */
  readonly words?: string;
}

/** What cannot be kept however often it is tried: a text that no column holds, a key longer than an index takes. */
export class NotStorable extends Error {
  override readonly name = 'NotStorable';
}

/** Where a projector keeps its views. Rows and checkpoint change in one transaction. */
export interface ViewStore {
  readonly cursor: (projector: string) => Promise<FeedCursor>;
  /** The version each stream's view stands at; a stream without a view is absent. */
  readonly versions: (projector: string, streams: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  /**
   * False when another projector moved the checkpoint on since `expected`: nothing was changed. Throws NotStorable, and changes
   * nothing, when one of the changes can never be kept.
   */
  readonly commit: (
    projector: string,
    expected: FeedCursor,
    next: FeedCursor,
    changes: readonly ViewChange[],
  ) => Promise<boolean>;
  /** Sets a stream aside whose events cannot be folded; it is not given again until it is released. */
  readonly park: (projector: string, stream: string, ver: number, error: string) => Promise<void>;
  /** Gives a stream again that was set aside; false when it was not. */
  readonly release: (projector: string, stream: string) => Promise<boolean>;
  readonly parked: (
    projector: string,
  ) => Promise<ReadonlyMap<string, { readonly ver: number; readonly error: string }>>;
}
