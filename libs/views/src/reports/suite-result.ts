import type { Diagnostic, JsonReport } from '@testmesh/contracts';
import type { RunReport } from '../run-report.ts';

export type FlowStatus = 'passed' | 'failed' | 'error' | 'cancelled' | 'timed_out' | 'skipped' | 'invalid';

/** One flow of an invocation: it ran, it was not started, or its file is invalid. */
export interface FlowResult {
  readonly file: string;
  readonly name: string;
  readonly status: FlowStatus;
  /** Why it was not started. */
  readonly reason?: string;
  readonly report?: RunReport;
  readonly diagnostics: readonly Diagnostic[];
  /** The file's text, for the frames of diagnostics. */
  readonly text: string;
}

/** Flows that were run together, and why what ran them ended as it did. */
export interface SuiteResult {
  readonly flows: readonly FlowResult[];
  readonly exitReason: JsonReport['exitReason'];
  readonly durationMs: number;
}

export interface SuiteCounts {
  readonly flows: number;
  readonly passed: number;
  readonly failed: number;
  readonly errors: number;
  readonly skipped: number;
}

/** Every flow counts once: whatever neither passed nor failed nor was skipped is an error. */
export const countFlows = (flows: readonly FlowResult[]): SuiteCounts => {
  const count = (...wanted: readonly FlowStatus[]): number =>
    flows.filter(({ status }) => wanted.includes(status)).length;
  return {
    flows: flows.length,
    passed: count('passed'),
    failed: count('failed'),
    errors: count('error', 'cancelled', 'timed_out', 'invalid'),
    skipped: count('skipped'),
  };
};
