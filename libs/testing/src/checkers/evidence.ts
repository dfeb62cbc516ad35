import type { RecordedEvent, Verdict } from '@testmesh/domain';
import type { ViewChange } from '@testmesh/ports';

// What the checkers judge: plain data, gathered by a simulation or by a chaos run after everything has healed.

export const CHECKS = ['C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'C8', 'C9', 'verdict', 'live'] as const;
export type Check = (typeof CHECKS)[number];

/** Something that must never have happened. */
export interface Violation {
  readonly check: Check;
  /** The stream whose history shows it, where it is one stream's. */
  readonly stream?: string;
  readonly text: string;
}

/** Each stream's events in the order of their versions. */
export type Streams = ReadonlyMap<string, readonly RecordedEvent[]>;

/** A request that reached a target, as the target itself wrote it down. */
export interface Reached {
  readonly runId: string;
  readonly path: string;
}

/** What a step may do to its target. */
export interface StepRule {
  /** `once`: never twice under one beginning of the run. `repeatable`: as often as it has owners and tries. */
  readonly effect: 'once' | 'repeatable';
  /** Tries per owner; 1 unless the step retries. */
  readonly tries?: number;
}

export interface StoredView {
  readonly ver: number;
  readonly columns: ViewChange['columns'];
  readonly bytes?: Uint8Array;
}

/** A slot of a schedule and the run that was made for it. */
export interface FiredSlot {
  readonly schedule: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly runId: string;
}

/** An executor that ended, or was silenced, without giving its runs back. */
export interface Death {
  readonly executor: string;
  /** Microseconds of the journal's clock. */
  readonly at: number;
}

/** A time in which nobody could have taken a run over, in microseconds of the journal's clock. */
export interface Blackout {
  readonly from: number;
  readonly to: number;
}

/** What a remote client was told of a run: the version of each event, in the order they came. */
export interface Followed {
  readonly runId: string;
  readonly versions: readonly number[];
}

/** What somebody was told they will get: the runs asked for and acknowledged. */
export interface Promised {
  readonly runId: string;
  /** Verdicts that need no explanation by the history. */
  readonly expected: readonly Verdict[];
  /** Somebody asked to cancel it. */
  readonly isCancelled?: boolean;
}

export const violation = (check: Check, stream: string, text: string): Violation => ({ check, stream, text });

export const textOf = ({ check, stream, text }: Violation): string =>
  stream === undefined ? `${check} ${text}` : `${check} ${stream}: ${text}`;

export const streamOf = (runId: string): string => `run-${runId}`;
