import type { ValueMap } from '@testmesh/domain';

/** What one try of a wait found. */
export interface Sighting {
  readonly ready: boolean;
  /** What was seen, as a person would say it: `it answered 503`. */
  readonly seen: string;
  readonly details: ValueMap;
}
