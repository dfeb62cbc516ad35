// What people look at when they look at a run: folded from its events, the same in the terminal, a file and the browser.
import type {
  AssertionRecord,
  AttemptRecord,
  Exchange,
  Phase,
  RunStatus,
  ServiceRoute,
  Span,
  StepError,
  StepPath,
  StepStatus,
  TestEnvironmentStatus,
  Value,
  ValueMap,
  Verdict,
} from '@testmesh/domain';

/** A step as it ended; `not run` is a planned step that the run never reached. */
export interface StepReport {
  readonly path: StepPath;
  readonly id: string;
  readonly title?: string;
  readonly phase: Phase;
  readonly action: string;
  /** `name@version` of the plugin that brings the action. */
  readonly plugin?: string;
  readonly span: Span;
  readonly status: StepStatus | 'running' | 'not run';
  readonly reason?: string;
  readonly excused: boolean;
  readonly attempts: readonly AttemptRecord[];
  readonly durationMs: number;
  readonly assertions: readonly AssertionRecord[];
  readonly checks: number;
  readonly error?: StepError;
  readonly exchange?: Exchange;
  readonly output?: Value;
  readonly captured: ValueMap;
  /** Nested steps of control flow, in the order they ended. */
  readonly steps: readonly StepReport[];
}

/** The test environment of a run: waited for, or had. */
export type EnvironmentReport =
  | { readonly id: string; readonly context: string; readonly waitsFor: TestEnvironmentStatus }
  | {
      readonly id: string;
      readonly context: string;
      readonly name: string;
      readonly namespace: string;
      /** It was ready when the run came. */
      readonly reused: boolean;
      readonly waitedMs: number;
      /** Which service was reached where. */
      readonly routes: readonly ServiceRoute[];
    };

export interface RunReport {
  readonly runId: string;
  readonly name: string;
  readonly file: string;
  readonly environment?: string;
  readonly testEnvironment?: EnvironmentReport;
  readonly tags: readonly string[];
  readonly seed: string;
  /** `queued` until an executor begins; a run that only this process knows is `running` from its first step on. */
  readonly status: RunStatus;
  readonly verdict?: Verdict;
  readonly reason?: string;
  readonly error?: StepError;
  readonly durationMs: number;
  readonly teardown: { readonly status: 'passed' | 'failed' | 'error' | 'none' };
  /** Top-level steps in the order of the plan: setup, steps, teardown. */
  readonly steps: readonly StepReport[];
  /** File → text, for the frames under what failed. */
  readonly sources: Readonly<Record<string, string>>;
  readonly outputs: ValueMap;
}
