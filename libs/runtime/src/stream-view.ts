import type { RecordedEvent } from '@testmesh/domain';
import type { ViewChange, ViewTarget } from '@testmesh/ports';

/** A view per stream as a pure fold: equal events give equal bytes. */
export interface StreamView<State> {
  readonly accepts: (stream: string) => boolean;
  readonly initial: (stream: string) => State;
  /** Throws on an event it cannot fold; the state given is not used again then. */
  readonly next: (state: State, event: RecordedEvent) => State;
  /** Whether nothing more will come: only then the whole view is kept. */
  readonly isWhole: (state: State) => boolean;
  readonly columns: (state: State) => ViewChange['columns'];
  readonly bytes: (state: State) => Uint8Array;
  readonly targets: (state: State) => readonly ViewTarget[];
  /** What the page of a long stream shows first: JSON as it goes over the wire. */
  readonly outline: (state: State) => string;
  readonly words: (state: State) => string;
}
