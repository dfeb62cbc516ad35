// The life of a run between its request and its end: who owns it, and what may happen next.
import type { RunEvent, RunTrigger, Verdict } from './run-event.ts';

export type RunState =
  | { readonly status: 'absent' }
  | { readonly status: 'queued'; readonly epoch: number; readonly attempts: number }
  | {
      readonly status: 'running';
      readonly epoch: number;
      readonly attempts: number;
      readonly executor: string;
      /** Who asked to cancel it; its owner carries out the teardown and ends it. */
      readonly cancelledBy?: string;
    }
  | { readonly status: 'parked'; readonly epoch: number; readonly attempts: number; readonly reason: string }
  | { readonly status: 'finished'; readonly verdict: Verdict };

export type RunStatus = Exclude<RunState['status'], 'absent'>;

type Requested = Extract<RunEvent, { readonly type: 'RunRequested' }>;

export type RunCommand =
  | { readonly type: 'RequestRun'; readonly request: Omit<Requested, 'type'> & { readonly trigger: RunTrigger } }
  | { readonly type: 'ClaimRun'; readonly executor: string }
  | { readonly type: 'ReleaseRun'; readonly epoch: number; readonly reason: string }
  /** The lease ended; `maxAttempts` claims are too many. */
  | { readonly type: 'ExpireLease'; readonly epoch: number; readonly maxAttempts: number }
  | { readonly type: 'CancelRun'; readonly by: string }
  | { readonly type: 'UnparkRun'; readonly by: string };

export type RunRefusal =
  | 'RunAlreadyRequested'
  | 'RunNotFound'
  | 'RunNotQueued'
  | 'RunNotOwned'
  | 'RunNotParked'
  | 'RunFinished'
  | 'CancelAlreadyRequested';
