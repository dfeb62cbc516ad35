import type { Value } from '@testmesh/domain';
import type { Parts } from './multipart.ts';
import type { Outgoing } from './outgoing.ts';

/** Larger bodies are trimmed in reports. */
export const MAX_SHOWN = 4096;

/** A request as it is to be shown. */
export interface Shown {
  readonly sent: Outgoing;
  readonly parts: Parts | undefined;
  /** The body as the author gave it, before it became bytes. */
  readonly body: Value | undefined;
  /** Lower-case names of further headers whose values are credentials. */
  readonly secretHeaders: ReadonlySet<string>;
  /** The address without credentials. */
  readonly url: string;
  readonly insecure: boolean;
  readonly follows: boolean;
}

/** Header names and values, credentials masked. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];
