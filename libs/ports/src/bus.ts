import type { JournalMessage, RecordedEvent } from '@testmesh/domain';

/** Distributes what the journal accepted: at least once, in order per stream unless a sender died. Nothing relies on it. */
export interface Bus {
  /** Resolves when the batch is stored by the bus; rejects when that is not known, and the batch has to be sent again. */
  readonly publish: (messages: readonly JournalMessage[]) => Promise<void>;
  /** Calls `handle` with batches, one at a time; a batch whose handling fails is given again. */
  readonly subscribe: (subscription: Subscription) => Promise<{ readonly stop: () => Promise<void> }>;
  readonly close: () => Promise<void>;
}

export interface Subscription {
  /** Subscribers of one name share the events; each name sees all of them. */
  readonly name: string;
  readonly handle: (events: readonly RecordedEvent[]) => Promise<void>;
}

/** Hints that there may be something to do; losing one costs latency only. */
export interface Wakeups {
  readonly wake: (topic: string) => void;
  readonly onWake: (topic: string, listener: () => void) => () => void;
}
