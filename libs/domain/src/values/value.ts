// The values that flows, events and reports are made of: JSON, plus numbers that a double cannot hold.
import type { ExactNumber } from './exact-number.ts';

/** A JSON value; `ExactNumber` stands where a double would lose digits. */
export type Value = null | boolean | number | string | ExactNumber | readonly Value[] | ValueMap;

export interface ValueMap {
  readonly [key: string]: Value;
}
