import type { Phase } from '@testmesh/domain';
import type { Retry, Step } from '../model/flow.ts';
import type { MapEntry } from '../model/node.ts';
import type { Reading } from './reading.ts';

/** What the readers of steps, and of steps within steps, share. */
export interface StepReading extends Reading {
  readonly phase: Phase;
  /** How steps that do not say so themselves are tried again. */
  readonly retry: Retry | undefined;
  /** The number of the next step in this file; a step without an id is called after its action and this. */
  readonly nextNumber: () => number;
  /** The list of steps after a key; empty without the key. */
  readonly steps: (entry: MapEntry | undefined) => readonly Step[];
}
