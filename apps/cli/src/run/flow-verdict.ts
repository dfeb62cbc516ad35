import type { RunReport } from '@testmesh/views';
import type { ExitReason } from '../exit-code.ts';
import { allSteps } from '../report/flow-text.ts';
import type { FlowResult, FlowStatus } from '../report/suite-result.ts';

// Codes that say: what the step needed could not be had at all.
const COULD_NOT_BE_HAD = new Set(['TM4501', 'TM4201']);

/** A run's verdict as the status of its flow. */
export const flowStatus = ({ verdict }: RunReport): FlowStatus => verdict ?? 'error';

/** What one flow contributes to the exit code; `undefined` for one that was not started. */
export const exitReasonOf = (flow: FlowResult): ExitReason | undefined => {
  if (flow.status === 'passed') return 'passed';
  if (flow.status === 'invalid') return 'invalid';
  if (flow.status === 'skipped' || flow.status === 'cancelled') return undefined;
  return flow.report !== undefined && lacksInfrastructure(flow.report) ? 'infrastructure' : 'failed';
};

/** Docker or a broker could not be had, and nothing was asserted by then. */
const lacksInfrastructure = (report: RunReport): boolean => {
  const steps = allSteps(report.steps);
  const asserted = steps.some(({ assertions }) => assertions.some(({ group }) => group !== 'implied'));
  return !asserted && steps.some(({ error }) => error !== undefined && COULD_NOT_BE_HAD.has(error.code));
};
