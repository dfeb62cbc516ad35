import type { JournalMessage, RecordedEvent } from '@testmesh/domain';

/** A place in the journal over all streams; opaque to its readers, ordered by the journal alone. */
export type FeedCursor = string;

export const FEED_START: FeedCursor = '';

export interface FeedPage<Event = RecordedEvent> {
  readonly events: readonly Event[];
  /** Where to go on; equal to the cursor given when there was nothing. */
  readonly cursor: FeedCursor;
}

/**
 * The journal as its subscribers read it: everything committed, nothing in flight skipped.
 * The order over streams is stable and complete but not causal, and within a stream it may even run backwards:
 * readers gate by `ver`.
 */
export interface JournalFeed {
  readonly readAfter: (cursor: FeedCursor, limit: number) => Promise<FeedPage>;
  /** Milliseconds since the oldest transaction began that holds readers back; 0 when none does. */
  readonly horizonAgeMs: () => Promise<number>;
}

/** A place to read on from; its pages hold events or only their bytes. */
export interface FeedReader<Event> {
  readonly readAfter: (cursor: FeedCursor, limit: number) => Promise<FeedPage<Event>>;
}

/** The same events in the same order as the feed's, at the same cursors. */
export type MessageFeed = FeedReader<JournalMessage>;
