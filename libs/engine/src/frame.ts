import type { Phase, StepPath } from '@testmesh/domain';
import type { Step } from '@testmesh/flow';
import type { FlowRun } from './flow-run.ts';
import type { Memory } from './names/memory.ts';
import type { Locals } from './names/step-scope.ts';
import type { Failure, Run } from './run.ts';

/** How steps are run one after the other; `keepGoing` goes on after a failure, as cleaning up does. */
export type RunSteps = (
  steps: readonly Step[],
  frame: Frame,
  options?: { readonly keepGoing?: boolean },
) => Promise<Failure | undefined>;

/** Where in a run a step stands: what it sees, what stops it, and how its path begins. */
export interface Frame {
  readonly run: Run;
  /** Given from above, because steps hold steps. */
  readonly runSteps: RunSteps;
  readonly flowRun: FlowRun;
  readonly memory: Memory;
  readonly locals?: Locals | undefined;
  readonly phase: Phase;
  /** Inside the root flow's teardown, whatever the phase of a child flow. */
  readonly cleaning: boolean;
  /** Stands before the ids of this frame's steps: `loop[2]/`. */
  readonly prefix: string;
  readonly parent?: StepPath | undefined;
  readonly signal: AbortSignal;
  /** Names the branch whose own connections a step uses; empty on the main line. */
  readonly branch: string;
  /** Why a failure in here does not count by itself: a wait tries again. */
  readonly excuse?: string | undefined;
}
