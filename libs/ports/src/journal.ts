import type { Envelope, RecordedEvent } from '@testmesh/domain';

/** What the journal says of an append; `already_applied` makes a lost commit reply harmless. */
export type AppendResult =
  | { readonly outcome: 'applied' | 'already_applied'; readonly ver: number }
  | { readonly outcome: 'conflict'; readonly ver: number }
  | { readonly outcome: 'fenced'; readonly epoch: number }
  | { readonly outcome: 'terminal' };

/** What one stream gets of an append to many. */
export interface JournalBatch {
  readonly stream: string;
  readonly expectedVer: number;
  readonly epoch: number;
  readonly events: readonly Envelope[];
}

/** The truth: one ordered stream of facts per run. */
export interface Journal {
  /** Appends all events or none; `expectedVer` is the stream's version before them, 0 for a new stream. */
  readonly append: (
    stream: string,
    expectedVer: number,
    epoch: number,
    events: readonly Envelope[],
  ) => Promise<AppendResult>;
  /** Appends to several streams at the price of one; each is accepted or refused alone, in the order given. */
  readonly appendMany: (batches: readonly JournalBatch[]) => Promise<readonly AppendResult[]>;
  /** The events of a stream after `afterVer`, in order. */
  readonly read: (stream: string, afterVer?: number) => AsyncIterable<RecordedEvent>;
  readonly close: () => Promise<void>;
}

/** Large bodies by content: an event names the hash, the bytes are durable before it. */
export interface BlobStore {
  /** Stores the bytes and returns their sha256, hex. */
  readonly put: (bytes: Uint8Array) => Promise<string>;
  readonly get: (hash: string) => Promise<Uint8Array | undefined>;
}

/** Where the files of bundles are kept. */
export interface BundleStore extends BlobStore {
  /** Stores several bodies at the price of one and returns their names, in the order given. */
  readonly putAll: (bodies: readonly Uint8Array[]) => Promise<readonly string[]>;
}
