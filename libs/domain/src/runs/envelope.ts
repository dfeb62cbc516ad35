import type { ValueMap } from '../values/value.ts';

/** What a writer says of an event; `data` is stored as canonical JSON. */
export interface Envelope {
  /** Deterministic: stream, epoch and the writer's own sequence, so that a repeated append is recognised. */
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  /** Schema version of `data`. */
  readonly sv: number;
  readonly workspace: string;
  readonly epoch: number;
  readonly actor: string;
  readonly cause?: string;
  readonly corr?: string;
  /** W3C traceparent. */
  readonly tp?: string;
  /** The writer's clock, microseconds since 1970. */
  readonly time: number;
  readonly data: ValueMap;
}

/** An event as the journal returns it: with the columns that the append assigned. */
export interface RecordedEvent extends Envelope {
  /** 1, 2, 3 … within the stream. */
  readonly ver: number;
  /** The journal's clock, microseconds since 1970. */
  readonly at: number;
  /** sha256 (hex) over the previous event's chain value and this event's canonical bytes. */
  readonly chain: string;
}
