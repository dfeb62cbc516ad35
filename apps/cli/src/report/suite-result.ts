import type { Diagnostic } from '@testmesh/contracts';
import type { RunEvent } from '@testmesh/domain';
import type { RunReport } from '@testmesh/views';
import type { ExitReason } from '../exit-code.ts';

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

export interface SuiteResult {
  readonly flows: readonly FlowResult[];
  readonly exitReason: ExitReason;
  readonly durationMs: number;
}

/** Something that reports an invocation as it goes; each call's output is complete in itself. */
export interface Reporter {
  /** A fact of a running flow, with the report as folded so far. */
  readonly flowProgress?: (file: string, event: RunEvent, report: () => RunReport) => void;
  readonly flowEnded?: (result: FlowResult) => void;
  readonly suiteEnded?: (result: SuiteResult) => void;
}

/** Takes text for a stream or a file; a reporter never knows which. */
export type Write = (text: string) => void;

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
