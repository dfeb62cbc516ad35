// The vocabulary of a schedule's clock: which of its slots fired, and what became of them. Its settings are rows with a
// version of their own and come with each command. Times are milliseconds since 1970.
import type { Verdict } from '../runs/run-event.ts';

/** What becomes of a slot while an earlier one goes on. */
export type Overlap = 'allow' | 'skip' | 'queue' | 'cancel-previous';

export interface RetryPolicy {
  /** Retries of one slot, beside its first run. */
  readonly most: number;
  readonly delayMs: number;
  /** Only these are tried again. */
  readonly on: readonly Verdict[];
}

/** A slot that is to fire; `firing` is the id that its run, or its suite's run, will have. */
export interface DueSlot {
  readonly firing: string;
  readonly slot: number;
}

/** Slots that follow each other, none of which fires. */
export interface MissedSlots {
  /** The first of them. */
  readonly since: number;
  /** The last of them. */
  readonly slot: number;
  /** How many they are; null where nobody counted. */
  readonly count: number | null;
}

export type ScheduleCommand =
  | {
      readonly type: 'ReachSlots';
      readonly due: readonly DueSlot[];
      /** What passed while nobody looked and is not caught up. */
      readonly missed?: MissedSlots;
      readonly overlap: Overlap;
    }
  | { readonly type: 'FireByHand'; readonly firing: string; readonly now: number }
  | { readonly type: 'ConfirmAsked'; readonly firing: string }
  | {
      readonly type: 'EndFiring';
      readonly firing: string;
      readonly verdict: Verdict;
      readonly reason: string | null;
      readonly policy: RetryPolicy;
      /** The id that a retry's run would have. */
      readonly next: string;
      readonly now: number;
    }
  /** It waited, and will not be asked for any more. */
  | { readonly type: 'DropFiring'; readonly firing: string; readonly reason: string };

export type MissReason = 'late' | 'overlap' | 'full-queue';

export type ScheduleEvent =
  | {
      readonly type: 'ScheduleFired';
      readonly firing: string;
      readonly slot: number;
      /** 0 for the slot itself, 1 for its first retry. */
      readonly retry: number;
      readonly manual: boolean;
      readonly notBefore: number;
      /** It is asked for when every earlier slot is settled. */
      readonly waits: boolean;
    }
  | ({
      readonly type: 'ScheduleMissed';
      readonly reason: MissReason;
      /** The firing that was in the way. */
      readonly by?: string;
    } & MissedSlots)
  | { readonly type: 'ScheduleRunAsked'; readonly firing: string }
  /** A later slot takes its place: its run is cancelled. */
  | { readonly type: 'ScheduleRunReplaced'; readonly firing: string; readonly by: string }
  | {
      readonly type: 'ScheduleRunEnded';
      readonly firing: string;
      readonly verdict: Verdict;
      readonly reason: string | null;
      /** Nothing follows: this is how the slot came out. */
      readonly settled: boolean;
    };

export interface OpenFiring {
  readonly slot: number;
  readonly retry: number;
  readonly manual: boolean;
  readonly asked: boolean;
  readonly replaced: boolean;
  readonly waits: boolean;
}

export interface ScheduleState {
  /** The last slot that fired or was missed. */
  readonly lastSlot: number | undefined;
  /** Firings that have not ended, in the order in which they fired. */
  readonly open: ReadonlyMap<string, OpenFiring>;
}

export type ScheduleRefusal = 'SlotHasPassed' | 'FiringExists' | 'FiringNotOpen' | 'FiringAlreadyAsked';
