import type { RunEvent } from '@testmesh/domain';
import type { FlowResult, RunReport, SuiteResult } from '@testmesh/views';

/** Something that reports an invocation as it goes; each call's output is complete in itself. */
export interface Reporter {
  /** It prints results and exchanges also of steps that passed. */
  readonly isDetailed?: boolean;
  /** A fact of a running flow, with the report as folded so far. */
  readonly flowProgress?: (file: string, event: RunEvent, report: () => RunReport) => void;
  readonly flowEnded?: (result: FlowResult) => void;
  readonly suiteEnded?: (result: SuiteResult) => void;
}

/** Takes text for a stream or a file; a reporter never knows which. */
export type Write = (text: string) => void;
