// The vocabulary of a run: the facts a journal keeps. Read this file first; it has no behaviour.
// Every value in an event is already masked: a secret stands as `{"$secret": "name"}` or `***`.
import type { TestEnvironmentStatus } from '../test-environments/test-environment-state.ts';
import type { Value, ValueMap } from '../values/value.ts';

export type RunId = string & { readonly __id: 'RunId' };

/** Unique within a run: `place_order`, `loop[2]/check`, `both/left/call`, `teardown/cleanup`. */
export type StepPath = string & { readonly __id: 'StepPath' };

export type Phase = 'setup' | 'steps' | 'teardown';
export type StepStatus = 'passed' | 'failed' | 'error' | 'skipped';
export type Verdict = 'passed' | 'failed' | 'error' | 'cancelled' | 'timed_out';
export type Effect = 'repeatable' | 'once';

/** A place in a file, 1-based; the end is exclusive. */
export interface Span {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface FlowIdentity {
  /** Of the stored flow; absent when it came with the request. */
  readonly id?: string;
  readonly name: string;
  /** As the person gave it, relative to where they stood. */
  readonly file: string;
  /** sha256 of the flow's text, hex. */
  readonly hash: string;
}

/** A step as it stands in the file, so that a report can show what never started. */
export interface PlannedStep {
  readonly path: StepPath;
  readonly id: string;
  readonly title?: string;
  readonly phase: Phase;
  readonly action: string;
  readonly span: Span;
}

/** A part of an expression and what it was. */
export interface SubValue {
  readonly text: string;
  readonly value: Value;
  readonly span: Span;
}

export interface AssertionRecord {
  readonly expression: string;
  readonly group: 'all' | 'any' | 'none' | 'implied';
  readonly passed: boolean;
  /** The left side of a comparison, or the value of the whole expression; absent when it never existed. */
  readonly actual?: Value;
  readonly expected?: Value;
  /** The author's own message, or why it does not hold when the values do not say it. */
  readonly message?: string;
  readonly values: readonly SubValue[];
  /** The part that is to blame; absent for an implied expectation. */
  readonly span?: Span;
}

export interface StepError {
  /** A code of the catalogue (`TM3101`) or the driver's own (`ECONNREFUSED`). */
  readonly code: string;
  readonly message: string;
  readonly span?: Span;
  readonly help?: string;
  /** True for a defect of the flow itself (undefined name, bad expression): nothing excuses it. */
  readonly defect?: boolean;
}

/** What went over the wire for a step, trimmed for people; `curl` repeats an HTTP request. */
export interface Exchange {
  readonly kind: string;
  /** One line: `POST http://order.staging/orders → 201 in 84 ms`. */
  readonly summary: string;
  readonly request?: Value;
  readonly response?: Value;
  /** What was there instead, for a wait that found nothing: messages seen, rows last returned. */
  readonly seen?: Value;
  readonly curl?: string;
}

export interface AttemptRecord {
  readonly status: 'passed' | 'failed' | 'error';
  readonly durationMs: number;
  readonly error?: StepError;
  /** Expressions that did not hold. */
  readonly failures: readonly string[];
}

interface StepIdentity {
  readonly path: StepPath;
  readonly id: string;
  readonly title?: string;
  readonly phase: Phase;
  readonly action: string;
  /** The plugin whose action acted, as `name@version`; absent for an action of TestMesh itself. */
  readonly plugin?: string;
  readonly span: Span;
  /** The step this one is nested in. */
  readonly parent?: StepPath;
}

export interface StepCompleted extends StepIdentity {
  readonly type: 'StepCompleted';
  readonly status: StepStatus;
  /** Why it was skipped, or what an excused failure was excused by. */
  readonly reason?: string;
  /** The failure does not fail the run: `on_error: continue`, or a branch nobody asked to hold. */
  readonly excused: boolean;
  readonly attempts: readonly AttemptRecord[];
  readonly durationMs: number;
  readonly assertions: readonly AssertionRecord[];
  /** How many expectations judged this step, implied ones included; 0 for a step that checks nothing. */
  readonly checks: number;
  /** The action's result; large values are `{"$blob": sha256, "size": bytes, "preview": text}`. */
  readonly output?: Value;
  /** What the step's `output:` captured. */
  readonly captured: ValueMap;
  /** Values its templates drew (`UUID`, `TIMESTAMP` …), in order: a replay draws nothing. */
  readonly drawn?: readonly { readonly builtin: string; readonly value: Value }[];
  readonly error?: StepError;
  readonly exchange?: Exchange;
}

/** Where a run reaches a service: in its test environment's namespace, or beside it, where everybody reaches it. */
export interface ServiceRoute {
  readonly service: string;
  readonly url: string;
  readonly where: 'namespace' | 'base';
}

/** Who asked for a run. */
export interface RunTrigger {
  readonly kind: 'api' | 'schedule' | 'suite' | 'dataset' | 'rerun' | 'webhook';
  /** Of the schedule, the suite's or the dataset's run, the earlier run, or the commit. */
  readonly id?: string;
}

/** What a run was given beside its `variables`, as far as a journal may hold it: what a re-run has to be given anew. */
export interface GivenToRun {
  /** Names alone, as of the flow's own env file: the values went with the run's end. */
  readonly osVariables: readonly string[];
  readonly flowEnvFileVariables: readonly string[];
  /** Those of `variables` that are not there as they were given: secrets, and what held one. */
  readonly maskedVariables: readonly string[];
  /** Names that are masked beside those that the flow and its environment mark. */
  readonly secretNames: readonly string[];
  /** What the request said of its test environment, over the flow's own words; null where that held a secret. */
  readonly testEnvironment?: ValueMap | null;
}

export type RunEvent =
  | {
      readonly type: 'RunRequested';
      readonly flow: FlowIdentity;
      readonly environment?: string;
      readonly variables: ValueMap;
      /** Null where nobody wrote it down, as in version 1; absent where files are read in place. */
      readonly given?: GivenToRun | null;
      readonly tags: readonly string[];
      /** sha256 (hex) of the bundle's manifest in the blob store: all that the flow names. Absent where files are read in place. */
      readonly bundle?: string;
      readonly trigger?: RunTrigger;
      /** The executors that may take it; `default` where nothing is said. */
      readonly pool?: string;
      /** The run may begin anew when what it held died with its executor. */
      readonly restartable?: boolean;
    }
  /** An executor took the run under the envelope's epoch; `attempt` counts claims, from 1. */
  | { readonly type: 'RunClaimed'; readonly executor: string; readonly attempt: number }
  /** The owner was not heard of in time; the run waits for another. */
  | { readonly type: 'RunLeaseExpired'; readonly executor: string }
  /** The owner gave it back in good order. */
  | { readonly type: 'RunReleased'; readonly executor: string; readonly reason: string }
  /** It killed too many executors; somebody has to look at it. */
  | { readonly type: 'RunParked'; readonly reason: string; readonly attempts: number }
  | { readonly type: 'RunUnparked'; readonly by: string }
  /** Everything before is void but for the request: the run begins anew. */
  | { readonly type: 'RunRestarted'; readonly reason: string }
  | {
      readonly type: 'RunStarted';
      readonly seed: string;
      /** RUN_ID, RANDOM_ID and what else is constant within the run. */
      readonly constants: ValueMap;
      readonly plan: readonly PlannedStep[];
    }
  /** The run waits for a test environment; told again when that stands otherwise. */
  | {
      readonly type: 'EnvironmentAwaited';
      readonly context: string;
      readonly environment: string;
      readonly status: TestEnvironmentStatus;
    }
  /** The run has a test environment to itself until it ends. */
  | {
      readonly type: 'EnvironmentEntered';
      readonly environment: string;
      readonly name: string;
      readonly context: string;
      readonly namespace: string;
      /** The fencing token of its lease. */
      readonly epoch: number;
      /** It was ready when the run came. */
      readonly reused: boolean;
      readonly waitedMs: number;
      readonly routes: readonly ServiceRoute[];
    }
  /** The text of a file that diagnostics of this run point into, so that its report can be printed from the journal alone. */
  | { readonly type: 'SourceRecorded'; readonly file: string; readonly text: string }
  /** Where a stream stood when the run began: Kafka end offsets, a Redis stream's last id. */
  | { readonly type: 'PositionsRecorded'; readonly resource: string; readonly positions: Value }
  | ({ readonly type: 'StepStarted'; readonly attempt: number; readonly effect: Effect } & StepIdentity)
  | StepCompleted
  | { readonly type: 'StepOutcomeUnknown'; readonly path: StepPath }
  | {
      readonly type: 'ResourceOpened';
      readonly kind: string;
      readonly key: string;
      readonly path: StepPath;
      readonly bound: 'executor';
    }
  | { readonly type: 'ResourceClosed'; readonly kind: string; readonly key: string; readonly error?: StepError }
  | { readonly type: 'RunCancelRequested'; readonly by: string }
  | {
      readonly type: 'RunCompleted';
      readonly verdict: Verdict;
      /** The line a person reads first: what failed, or why nothing was checked. */
      readonly reason?: string;
      readonly error?: StepError;
      readonly teardown: { readonly status: 'passed' | 'failed' | 'error' | 'none' };
      readonly outputs: ValueMap;
      readonly durationMs: number;
    };
