// The vocabulary of how something that runs again and again has been doing of late: a schedule, a suite or a flow in one
// environment. Times are milliseconds since 1970.
import type { Verdict } from '../runs/run-event.ts';

export type HealthState =
  | { readonly status: 'unknown' }
  | { readonly status: 'passing'; readonly lastRun: string }
  | { readonly status: 'failing'; readonly lastRun: string; readonly since: number; readonly failures: number };

export interface HealthCommand {
  readonly type: 'ReportOutcome';
  readonly run: string;
  readonly verdict: Verdict;
  readonly now: number;
}

export type HealthEvent =
  | { readonly type: 'BeganToFail'; readonly run: string; readonly at: number }
  | { readonly type: 'StillFailed'; readonly run: string }
  | { readonly type: 'Recovered'; readonly run: string; readonly since: number; readonly failures: number }
  | { readonly type: 'Passed'; readonly run: string };

export type HealthRefusal = 'CancelledSaysNothing' | 'OutcomeAlreadyReported';
