import type { AssertionRecord, Exchange, StepError, StepPath, Value, ValueMap } from '@testmesh/domain';
import type { Step } from '@testmesh/flow';
import type { Frame } from '../frame.ts';
import type { StepScope } from '../names/step-scope.ts';
import type { Failure } from '../run.ts';

/** One try at a step: where it stands and what may stop it. */
export interface Attempt<S extends Step = Step> {
  readonly step: S;
  readonly frame: Frame;
  readonly path: StepPath;
  readonly number: number;
  readonly scope: StepScope;
  readonly signal: AbortSignal;
  /** Whether its StepStarted stands in the journal. */
  readonly told: { started: boolean };
}

/** What came of a step, and the names it was worked out with. */
export interface Tried {
  readonly result: Result;
  readonly scope: StepScope;
}

/** What came of a step's own work, before its assertions. */
export type Work =
  | {
      readonly kind: 'completed';
      readonly output: ValueMap;
      readonly exchange?: Exchange | undefined;
      readonly implied: readonly AssertionRecord[];
      /** Counts as checked although it shows no expectation. */
      readonly checksByItself: boolean;
      /** A nested step that did not pass. */
      readonly nested?: Failure | undefined;
      readonly error?: StepError | undefined;
    }
  | {
      readonly kind: 'not-carried-out';
      readonly error: StepError;
      readonly exchange?: Exchange | undefined;
      readonly details?: ValueMap | undefined;
    };

/** What came of an attempt. */
export interface Result {
  readonly status: 'passed' | 'failed' | 'error';
  readonly output?: ValueMap | undefined;
  readonly captured: ReadonlyMap<string, Value>;
  readonly assertions: readonly AssertionRecord[];
  readonly checks: number;
  readonly error?: StepError | undefined;
  readonly exchange?: Exchange | undefined;
  /** Why it passed although it was not seen to end. */
  readonly reason?: string | undefined;
  /** Names that were known but had no value when something needed them. */
  readonly absent?: string | undefined;
}
