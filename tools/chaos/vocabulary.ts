// The words of this folder. Read this file first; it has no behaviour.
import type { Promised, StepRule, Violation } from '@testmesh/testing/checkers';
import type { ServiceName } from '../cluster/vocabulary.ts';

export interface ChaosOptions {
  /** How long things go wrong, in milliseconds; healing and judging come after. */
  readonly forMs: number;
  readonly seed: string;
  /** Runs asked for per second. */
  readonly rate: number;
  /** The shortest and the longest pause between two faults. */
  readonly faultEveryMs: readonly [number, number];
  readonly leaseMs: number;
  /** Runs per workspace in the contest for C8. */
  readonly contestants: number;
  /** Where the report and, after a violation, histories and logs are left. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** What a fault is done to: two faults at once never share it. */
export type Subject = ServiceName | 'postgres' | 'kafka' | 'redis' | 'database network' | 'api network';

export interface InjectedFault {
  readonly kind: string;
  readonly subject: Subject;
  /** Which process or server; for people. */
  readonly target: string;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/** A run somebody asked for, and what is to become of it. */
export interface Asked extends Promised {
  readonly kind: string;
  /** The rules of its steps, by path. */
  readonly rules: ReadonlyMap<string, StepRule>;
  /** Texts that no event may hold. */
  readonly secrets: readonly string[];
}

export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

export interface ChaosReport {
  readonly seed: string;
  readonly startedAt: string;
  /** Seconds in which things went wrong. */
  readonly faultySeconds: number;
  /** Seconds from the end of the last fault until every run had ended. */
  readonly settledSeconds: number;
  readonly runs: number;
  readonly runsByKind: Readonly<Record<string, number>>;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly events: number;
  readonly effects: number;
  readonly suites: number;
  readonly slots: number;
  readonly streamsFollowed: number;
  /** Events that the bus gave, repetitions included. */
  readonly published: number;
  readonly faults: Readonly<Record<string, number>>;
  /** What was meant to be injected and could not be here, with the reason. */
  readonly skipped: Readonly<Record<string, string>>;
  readonly answersLost: number;
  readonly connectionsCut: number;
  /** Leases that ended because nobody extended them: another executor went on. */
  readonly takeOvers: number;
  /** Runs that an executor gave back when it was told to stop. */
  readonly handOvers: number;
  /** Times a run was parked after it had lost four executors; somebody let it go on. */
  readonly parked: number;
  readonly unknownOutcomes: number;
  /** Milliseconds from an executor's end to the next claim of its runs, blackouts left out. */
  readonly recovery: Percentiles;
  readonly recoveryLimitMs: number;
  readonly shares: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
}
